/** What Cursor hears of a reply (protocols.md §5.3, §5.4): thinking, calls, text that was meant as a call, and how a turn ends. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Finish, Reply, ReplyEvent } from "../canonical.ts";
import { collect } from "../collect.ts";
import { aCall, aContext } from "../fixtures/sides.ts";
import type { ReplyContext } from "../protocol.ts";
import { repaired } from "./arguments.ts";
import { eventsOf, Turn } from "./turn.ts";
import { replyHeaders } from "./writer.ts";

const TOOLS = [
  { type: "function", function: { name: "read_file", parameters: {} } },
  { type: "custom", custom: { name: "ApplyPatch" } },
];
const context = (tools: readonly object[] = TOOLS): ReplyContext => aContext({ call: aCall({ model: "m", tools }) });

/** A reply as it is heard, and where it leaves the agent. */
const heard = (events: readonly ReplyEvent[], at = context()): { reply: Reply; text: string; state: string } => {
  const turn = new Turn(at);
  const reply = collect(events.flatMap((event) => turn.write(event)));
  const text = reply.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
  return { reply, text, state: turn.state };
};
const callsIn = ({ reply }: { reply: Reply }): [string, string][] =>
  reply.parts.flatMap((part): [string, string][] => (part.type === "tool_call" ? [[part.name, part.input]] : []));

const text = (said: string, index = 0): ReplyEvent => ({ type: "text", index, text: said });
const thinking = (said: string, index = 0): ReplyEvent => ({ type: "thinking", index, text: said });
const finish = (why: Finish): ReplyEvent => ({ type: "finish", finish: why });
const call = (name: string, input: string, id = "c1", index = 5): ReplyEvent[] => [
  { type: "tool_call", index, id, name },
  { type: "tool_input", index, text: input },
];

describe("thinking", () => {
  it.each<[string, ReplyEvent[], string]>([
    ["stands before the answer", [thinking("a"), thinking("b"), text("c", 1)], "<think>\nab\n</think>\n\nc"],
    ["stands before a call", [thinking("a"), ...call("read_file", "{}")], "<think>\na\n</think>\n\n"],
    [
      "stands before blanks that came first",
      [text("\n\n"), thinking("a", 1), text("c", 2)],
      "<think>\na\n</think>\n\n\n\nc",
    ],
    ["alone is no answer", [thinking("a")], "<think>\na\n</think>\n\n(no output)"],
    ["after the answer began is not shown", [text("a"), thinking("b", 1), text("c", 2)], "ac"],
    ["that says nothing is nothing", [thinking(""), text("a", 1)], "a"],
    ["a refusal is text", [{ type: "refusal", index: 0, text: "no" }], "no"],
  ])("%s", (_name, events, expected) => {
    expect(heard([...events, finish("stop")]).text).toBe(expected);
  });
});

describe("how a turn ends", () => {
  it.each<[string, ReplyEvent[], Finish, string, Finish]>([
    ["text", [text("a")], "stop", "complete", "stop"],
    ["a call, whatever the provider says", call("read_file", "{}"), "stop", "tool_calls", "tool_calls"],
    ["a call that a stop sequence ended", call("read_file", "{}"), "stop_sequence", "tool_calls", "tool_calls"],
    ["no call, although the provider says so", [text("a")], "tool_calls", "complete", "stop"],
    ["nothing", [], "stop", "empty", "stop"],
    ["blanks", [text(" \n")], "tool_calls", "empty", "stop"],
    ["cut text", [text("a")], "length", "truncated", "length"],
    ["a cut call", call("read_file", '{"path":"a'), "length", "truncated", "length"],
    ["withheld", [], "filtered", "withheld", "filtered"],
    ["paused", [text("a")], "paused", "complete", "stop"],
  ])("%s", (_name, events, said, state, expected) => {
    const ended = heard([...events, finish(said)]);
    expect([ended.state, ended.reply.finish]).toEqual([state, expected]);
  });

  it("is told of a whole reply by a header", () => {
    const reply: Reply = { parts: [{ type: "text", text: "a" }], finish: "stop" };
    expect(replyHeaders(reply, aCall({ model: "m" }))).toEqual({ "x-farthing-turn-state": "complete" });
  });
});

describe("calls", () => {
  it.each<[string, ReplyEvent[], [string, string][]]>([
    ["as they are", call("read_file", '{"a":1}'), [["read_file", '{"a":1}']]],
    ["a name in another case", call("Read_File", "{}"), [["read_file", "{}"]]],
    ["a name that nobody offered", call("other", "{}"), [["other", "{}"]]],
    [
      "free text from a function",
      call("ApplyPatch", '{"input":"*** Begin\\nPatch"}'),
      [["ApplyPatch", "*** Begin\nPatch"]],
    ],
    ["free text as it is", call("ApplyPatch", "*** Begin Patch"), [["ApplyPatch", "*** Begin Patch"]]],
    ["free text that only looks like JSON", call("ApplyPatch", '{"a":1}'), [["ApplyPatch", '{"a":1}']]],
  ])("%s", (_name, events, expected) => {
    expect(callsIn(heard([...events, finish("tool_calls")]))).toEqual(expected);
  });

  it("have an id each, also where the provider gave none, or one twice", () => {
    const { reply } = heard([
      ...call("a", "{}", "", 0),
      ...call("b", "{}", "x", 1),
      ...call("c", "{}", "x", 2),
      finish("stop"),
    ]);
    const ids = reply.parts.map((part) => (part.type === "tool_call" ? part.id : ""));
    expect(ids).toEqual(["call_req_1_0", "x", "call_req_1_2"]);
  });

  it.each([
    ['{"a":1,}', '{"a":1}'],
    ['{"a":[1,2, ] , }', '{"a":[1,2] }'],
    ['{"a":",}"}', '{"a":",}"}'],
    ['```json\n{"a":1}\n```', '{"a":1}'],
    ['  {"a":1}  ', '{"a":1}'],
    ['{"a":{"b":[1', '{"a":{"b":[1]}}'],
    ['{"a":"never ended', '{"a":"never ended'],
    ['{"a":', '{"a":'],
    ["not JSON, at all", "not JSON, at all"],
    ['{}{"a":1}', '{}{"a":1}'],
    ["", ""],
  ])("arguments: %s", (args, expected) => {
    expect(repaired(args)).toBe(expected);
  });

  it("nothing of a call that was cut is made to look complete", () => {
    const cut = heard([...call("read_file", '{"a":[1'), finish("length")]);
    expect(callsIn(cut)).toEqual([["read_file", '{"a":[1']]);
  });

  it("valid arguments are never changed, but for blanks around them, wherever they are cut", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.nat(40), { maxLength: 5 }), fc.nat(2), (value, cuts, indent) => {
        const args = JSON.stringify({ value }, null, indent);
        const events: ReplyEvent[] = [{ type: "tool_call", index: 0, id: "c", name: "read_file" }];
        let rest = args;
        for (const at of cuts) {
          events.push({ type: "tool_input", index: 0, text: rest.slice(0, at) });
          rest = rest.slice(at);
        }
        events.push({ type: "tool_input", index: 0, text: rest }, finish("tool_calls"));
        expect(callsIn(heard(events))).toEqual([["read_file", args]]);
      }),
    );
  });
});

const KIMI =
  '<|tool_calls_section_begin|><|tool_call_begin|>functions.read_file:0<|tool_call_argument_begin|>{"path":"a"}<|tool_call_end|><|tool_calls_section_end|>';
const DEEPSEEK =
  '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>read_file<｜tool▁sep｜>{"path":"a"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>';
const DEEPSEEK_OLD =
  '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read_file\n```json\n{"path":"a"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>';
const MEANT: readonly [string, string, string][] = [
  ["Qwen's marks", '<tool_call>\n{"name": "read_file", "arguments": {"path":"a"}}\n</tool_call>', ""],
  [
    "text around them",
    'Let me see. <tool_call>{"name":"read_file","arguments":"{\\"path\\":\\"a\\"}"}</tool_call> So.',
    "Let me see.  So.",
  ],
  ["without the last mark", '<tool_call>{"name":"read_file","arguments":{"path":"a"}}', ""],
  ["GLM's pairs", "<tool_call>read_file\n<arg_key>path</arg_key>\n<arg_value>a</arg_value>\n</tool_call>", ""],
  ["Kimi's marks", KIMI, ""],
  ["DeepSeek's marks", DEEPSEEK, ""],
  ["DeepSeek's older marks", DEEPSEEK_OLD, ""],
  ["a fence that is the whole answer", '```json\n{"name":"read_file","arguments":{"path":"a"}}\n```', ""],
];
const NOT_MEANT: readonly [string, string][] = [
  ["a tool that nobody offered", '<tool_call>{"name":"other","arguments":{}}</tool_call>'],
  ["no call between the marks", "Write <tool_call> and </tool_call> around it."],
  ["a fence within an answer", 'Such as:\n```json\n{"name":"read_file","arguments":{"path":"a"}}\n```'],
  ["other JSON in a fence", '```json\n{"name":"read_file"}\n```\nis a name.'],
  ["the beginning of a mark at the end", "a <tool_ca"],
];

/** A text in pieces. */
const cutAt = (whole: string, at: readonly number[]): ReplyEvent[] => {
  const places = [0, ...at.map((place) => place % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return places.slice(1).map((end, i) => text(whole.slice(places[i], end)));
};

describe("text that was meant as a call", () => {
  it.each(MEANT)("%s, cut anywhere", (_name, whole, shown) => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 6 }), (cuts) => {
        const said = heard([...cutAt(whole, cuts), finish("stop")]);
        expect(callsIn(said)).toEqual([["read_file", '{"path":"a"}']]);
        expect(said.text.trim()).toBe(shown);
        expect(said.state).toBe("tool_calls");
      }),
    );
  });

  it.each(NOT_MEANT)("stays text: %s, cut anywhere", (_name, whole) => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 6 }), (cuts) => {
        const said = heard([...cutAt(whole, cuts), finish("stop")]);
        expect([said.text, said.state]).toEqual([whole, "complete"]);
      }),
    );
  });

  it("stays text where no tools are offered", () => {
    const [, whole = ""] = MEANT[0] ?? [];
    expect(heard([text(whole), finish("stop")], context([])).text).toBe(whole);
  });

  it("text is never lost, whatever it holds", () => {
    const pieces = fc.constantFrom(
      "<tool_call>",
      "</tool_call>",
      "```json\n",
      "\n```",
      "{",
      "}",
      "a",
      "\n",
      "<",
      "<|tool_call_begin|>",
    );
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 1, maxLength: 12 }), (said) => {
        const whole = said.join("");
        const shown = heard([...said.map((one) => text(one)), finish("length")]).text;
        expect(shown).toBe(whole.trim() === "" ? "" : whole);
      }),
    );
  });
});

it("a whole reply is heard as its stream would be", () => {
  const reply: Reply = {
    parts: [
      { type: "thinking", text: "t" },
      { type: "text", text: "a" },
      { type: "tool_call", id: "x", name: "ApplyPatch", input: '{"input":"p"}' },
    ],
    finish: "stop",
  };
  const whole = heard(eventsOf(reply));
  expect(whole.text).toBe("<think>\nt\n</think>\n\na");
  expect(callsIn(whole)).toEqual([["ApplyPatch", "p"]]);
  expect(whole.reply.finish).toBe("tool_calls");
});

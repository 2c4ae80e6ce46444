import { describe, expect, it } from "vitest";

import { agentAnswer } from "./agent.ts";
import { answer } from "./answer.ts";
import type { Ask, Tool, Turn } from "./ask.ts";

const RUN =
  "Run the shell command: echo MARK-1 (use your shell tool, once). After you have seen its output, reply with exactly: DONE-2 MARK-1";
const user = (...texts: string[]): Turn => ({ role: "user", parts: texts.map((text) => ({ kind: "text", text })) });
const called: Turn = { role: "assistant", parts: [{ kind: "call", id: "c", name: "Bash", args: "{}" }] };
const result = (text: string): Turn => ({
  role: "user",
  parts: [{ kind: "result", id: "c", text, items: [] }],
});
const tool = (name: string, schema: Tool["schema"]): Tool => ({ name, schema, definition: "{}" });
const commandOf = (type: object): Tool["schema"] => ({
  type: "object",
  required: ["command", "description"],
  properties: { command: type as never, description: { type: "string" } },
});
const SHELL = tool("Bash", commandOf({ type: "string" }));

const ask = (turns: Turn[], tools: Tool[] = [SHELL], changes: Partial<Ask> = {}): Ask => ({
  model: "sandbox/agent",
  stream: false,
  includeUsage: true,
  maxTokens: null,
  stops: [],
  choices: 1,
  tools,
  toolChoice: { kind: "auto" },
  parallel: true,
  schema: null,
  thinking: "unset",
  turns,
  ...changes,
});

describe("the agent answers", () => {
  it.each<[string, Ask, string]>([
    ["exactly what it is asked to", ask([user("Reply with exactly this text and nothing else: PONG-7")]), "PONG-7"],
    ["that, among other blocks and tags", ask([user("<a>Reply with exactly: PONG-7</a>\nmore", "<b>x</b>")]), "PONG-7"],
    ["the wanted text once the command ran", ask([user(RUN), called, result("MARK-1\n")]), "DONE-2 MARK-1"],
    ["the output where no text is wanted", ask([user("Run the shell command `ls`."), called, result("a b")]), "a b"],
    [
      "what came instead, when the output got lost",
      ask([user(RUN), called, result("denied")]),
      "The command gave no such output: denied",
    ],
    ["what it lacks", ask([user(RUN)], []), "No shell tool was offered to run: echo MARK-1"],
  ])("%s", (_name, asked, expected) => {
    expect(agentAnswer(asked)).toEqual({ text: expected, calls: [] });
  });

  it.each<[string, object, unknown]>([
    ["text", { type: "string" }, "echo MARK-1"],
    ["words of a process", { type: "array", items: { type: "string" } }, ["bash", "-lc", "echo MARK-1"]],
  ])("with one call of the shell tool, the command as %s", (_name, type, command) => {
    const tools = [tool("read_file", {}), tool("Bash", commandOf(type))];
    const { calls } = answer(ask([user(RUN)], tools), "agent");
    expect(calls.map((call) => [call.name, JSON.parse(call.args)])).toEqual([
      ["Bash", { command, description: "sandbox" }],
    ]);
  });

  it("through the tool that ends a task, where an agent offers one", () => {
    const tools = [SHELL, tool("attempt_completion", { type: "object", required: ["result"] })];
    const asked = ask([user("Reply with exactly: PONG-7")], tools);
    expect(agentAnswer(asked)?.calls).toEqual([{ name: "attempt_completion", args: '{"result":"PONG-7"}' }]);
  });

  it("like echo when it is given no instruction", () => {
    expect(answer(ask([user("hello")]), "agent").text).toBe("hello");
  });
});

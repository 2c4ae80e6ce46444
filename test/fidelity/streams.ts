/** A whole reply of a provider told as the stream that the same provider would have sent: each part in one piece. */
import type { ProtocolId } from "../../src/protocols/protocol.ts";
import { sseEvent } from "../../src/protocols/sse.ts";

type Loose = Record<string, ReturnType<JSON["parse"]>>;

const data = (body: object): string => sseEvent(JSON.stringify(body));
const event = (body: Loose): string => sseEvent(JSON.stringify(body), body["type"]);

const chat = (body: Loose): string => {
  const { choices, usage, ...head } = body;
  const [{ message, finish_reason: finish, logprobs }] = choices;
  const calls = (message.tool_calls ?? []).map((call: Loose, index: number) => ({ index, ...call }));
  const delta = { ...message, ...(calls.length === 0 ? {} : { tool_calls: calls }) };
  const chunk = { ...head, object: "chat.completion.chunk" };
  return [
    data({
      ...chunk,
      choices: [{ index: 0, delta, finish_reason: null, ...(logprobs === undefined ? {} : { logprobs }) }],
    }),
    data({ ...chunk, choices: [{ index: 0, delta: {}, finish_reason: finish }] }),
    data({ ...chunk, choices: [], usage }),
    sseEvent("[DONE]"),
  ].join("");
};

/** The pieces of an item beside its beginning and end. */
const itemEvents = (item: Loose, at: Loose): Loose[] => {
  switch (item["type"]) {
    case "message":
      return item["content"].flatMap((part: Loose, i: number) => {
        const place = { ...at, content_index: i };
        const kind = part["type"] === "refusal" ? "refusal" : "output_text";
        const text = part["text"] ?? part["refusal"];
        const whole = kind === "refusal" ? { refusal: text } : { text, logprobs: part["logprobs"] ?? [] };
        return [
          {
            type: "response.content_part.added",
            ...place,
            part: { ...part, ...(kind === "refusal" ? { refusal: "" } : { text: "" }) },
          },
          { type: `response.${kind}.delta`, ...place, delta: text, ...(kind === "refusal" ? {} : { logprobs: [] }) },
          { type: `response.${kind}.done`, ...place, ...whole },
          { type: "response.content_part.done", ...place, part },
        ];
      });
    case "reasoning":
      return item["summary"].flatMap((part: Loose, i: number) => {
        const place = { ...at, summary_index: i };
        return [
          { type: "response.reasoning_summary_part.added", ...place, part: { ...part, text: "" } },
          { type: "response.reasoning_summary_text.delta", ...place, delta: part["text"] },
          { type: "response.reasoning_summary_text.done", ...place, text: part["text"] },
          { type: "response.reasoning_summary_part.done", ...place, part },
        ];
      });
    default:
      return [
        { type: "response.function_call_arguments.delta", ...at, delta: item["arguments"] },
        { type: "response.function_call_arguments.done", ...at, arguments: item["arguments"] },
      ];
  }
};

/** An item as it begins: without what its pieces say. */
const begun = (item: Loose): Loose => ({
  ...item,
  ...(item["content"] === undefined ? {} : { content: [] }),
  ...(item["summary"] === undefined ? {} : { summary: [] }),
  ...(item["arguments"] === undefined ? {} : { arguments: "" }),
  status: "in_progress",
});

const responses = (body: Loose): string => {
  const open = { ...body, status: "in_progress", output: [], usage: null };
  const items = (body["output"] as Loose[]).flatMap((item, index): Loose[] => [
    { type: "response.output_item.added", output_index: index, item: begun(item) },
    ...itemEvents(item, { item_id: item["id"], output_index: index }),
    { type: "response.output_item.done", output_index: index, item },
  ]);
  return [
    { type: "response.created", response: open },
    { type: "response.in_progress", response: open },
    ...items,
    { type: "response.completed", response: body },
  ]
    .map((one, number) => event({ ...one, sequence_number: number }))
    .join("");
};

/** The pieces of a block, and how it begins. */
const blockEvents = (block: Loose, index: number): Loose[] => {
  const delta = (one: object): Loose => ({ type: "content_block_delta", index, delta: one });
  switch (block["type"]) {
    case "thinking":
      return [
        { type: "content_block_start", index, content_block: { type: "thinking", thinking: "", signature: "" } },
        delta({ type: "thinking_delta", thinking: block["thinking"] }),
        delta({ type: "signature_delta", signature: block["signature"] }),
      ];
    case "tool_use":
      return [
        { type: "content_block_start", index, content_block: { ...block, input: {} } },
        delta({ type: "input_json_delta", partial_json: JSON.stringify(block["input"]) }),
      ];
    case "text":
      return [
        { type: "content_block_start", index, content_block: { type: "text", text: "" } },
        ...(block["citations"] ?? []).map((citation: Loose) => delta({ type: "citations_delta", citation })),
        delta({ type: "text_delta", text: block["text"] }),
      ];
    default:
      return [{ type: "content_block_start", index, content_block: block }];
  }
};

const anthropic = (body: Loose): string => {
  const { content, stop_reason: reason, stop_sequence: sequence, usage, ...head } = body;
  const message = {
    ...head,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage, output_tokens: 1 },
  };
  return [
    { type: "message_start", message },
    ...(content as Loose[]).flatMap((block, index) => [
      ...blockEvents(block, index),
      { type: "content_block_stop", index },
    ]),
    { type: "message_delta", delta: { stop_reason: reason, stop_sequence: sequence }, usage },
    { type: "message_stop" },
  ]
    .map(event)
    .join("");
};

export const STREAMS = {
  "openai-chat": chat,
  "openai-responses": responses,
  anthropic,
  gemini: data,
} as const satisfies Record<ProtocolId, (body: Loose) => string>;

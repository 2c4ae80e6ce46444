/** How each client dialect asks: the smallest conversation, and the pieces that features are made of. Requests of our own making. */

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Body = { readonly [key: string]: Json };

export const DIALECTS = ["chat", "responses", "messages", "gemini", "completions"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** A member of a request for each dialect that has one; a dialect that is left out knows no such thing. */
export type Asked = Readonly<Partial<Record<Dialect, Body>>>;

export const HELLO = "hello";
const SCHEMA = { type: "object", properties: { markField: { type: "string" } }, required: ["markField"] };

/** Turns of a conversation as each dialect writes them, to be put around the user's greeting. */
const text = (role: "user" | "assistant", said: string): Asked => ({
  chat: { role, content: said },
  responses: { role, content: said },
  messages: { role, content: said },
  gemini: { role: role === "user" ? "user" : "model", parts: [{ text: said }] },
});

const LIST: Readonly<Record<Dialect, string>> = {
  chat: "messages",
  responses: "input",
  messages: "messages",
  gemini: "contents",
  completions: "prompt",
};

/** The smallest request of a dialect. */
export const bare = (dialect: Dialect, model: string): Body => {
  if (dialect === "completions") return { model, prompt: HELLO, max_tokens: 500 };
  const hello = text("user", HELLO)[dialect] ?? {};
  const conversation = { [LIST[dialect]]: [hello] };
  if (dialect === "gemini") return conversation;
  return { model, ...conversation, ...(dialect === "messages" ? { max_tokens: 5_000 } : {}) };
};

/** Turns in place of the greeting. */
export const conversation = (...turns: readonly Asked[]): Asked =>
  Object.fromEntries(
    DIALECTS.flatMap((dialect) => {
      const said = turns.map((turn) => turn[dialect]);
      if (said.length === 0 || said.some((turn) => turn === undefined)) return [];
      // A turn may be several items of a list (Responses).
      const list = said.flatMap((turn) => turn?.["items"] ?? turn ?? []);
      return [[dialect, { [LIST[dialect]]: list }]];
    }),
  );

/** A user's turn of one part beside a text. */
export const part = (parts: Asked): Asked => ({
  ...(parts.chat && { chat: { role: "user", content: [{ type: "text", text: HELLO }, parts.chat] } }),
  ...(parts.responses && {
    responses: { role: "user", content: [{ type: "input_text", text: HELLO }, parts.responses] },
  }),
  ...(parts.messages && { messages: { role: "user", content: [{ type: "text", text: HELLO }, parts.messages] } }),
  ...(parts.gemini && { gemini: { role: "user", parts: [{ text: HELLO }, parts.gemini] } }),
});

export const user = (said: string): Asked => text("user", said);
export const assistant = (said: string): Asked => text("assistant", said);

interface Call {
  readonly id: string;
  readonly name: string;
  readonly result: string;
}

/** An assistant's calls, and the results that answer them. */
export const calls = (all: readonly Call[], isError = false): readonly Asked[] => [
  {
    chat: {
      role: "assistant",
      content: null,
      tool_calls: all.map(({ id, name }) => ({
        id,
        type: "function",
        function: { name, arguments: '{"markField":"a"}' },
      })),
    },
    responses: {
      items: all.map(({ id, name }) => ({ type: "function_call", call_id: id, name, arguments: '{"markField":"a"}' })),
    },
    messages: {
      role: "assistant",
      content: all.map(({ id, name }) => ({ type: "tool_use", id, name, input: { markField: "a" } })),
    },
    gemini: {
      role: "model",
      parts: all.map(({ id, name }, i) => ({
        functionCall: { id, name, args: { markField: "a" } },
        // What stands for the signature that a call of another model does not have.
        ...(i === 0 ? { thoughtSignature: "skip_thought_signature_validator" } : {}),
      })),
    },
  },
  {
    chat: { items: all.map(({ id, result }) => ({ role: "tool", tool_call_id: id, content: result })) },
    responses: { items: all.map(({ id, result }) => ({ type: "function_call_output", call_id: id, output: result })) },
    messages: {
      role: "user",
      content: all.map(({ id, result }) => ({
        type: "tool_result",
        tool_use_id: id,
        content: result,
        ...(isError ? { is_error: true } : {}),
      })),
    },
    gemini: {
      role: "user",
      parts: all.map(({ id, name, result }) => ({
        functionResponse: { id, name, response: isError ? { error: result } : { output: result } },
      })),
    },
  },
];

/** Tools of the names given, as each dialect defines them. */
export const tools = (...names: readonly string[]): Asked => ({
  chat: { tools: names.map((name) => ({ type: "function", function: { name, parameters: SCHEMA } })) },
  responses: { tools: names.map((name) => ({ type: "function", name, parameters: SCHEMA, strict: false })) },
  messages: { tools: names.map((name) => ({ name, input_schema: SCHEMA })) },
  gemini: {
    tools: [
      {
        functionDeclarations: names.map((name) => ({
          name,
          parameters: { type: "OBJECT", properties: { markField: { type: "STRING" } }, required: ["markField"] },
        })),
      },
    ],
  },
});

export const schema: Asked = {
  chat: { response_format: { type: "json_schema", json_schema: { name: "n", schema: SCHEMA } } },
  responses: { text: { format: { type: "json_schema", name: "n", schema: SCHEMA } } },
  messages: { output_config: { format: { type: "json_schema", schema: { ...SCHEMA, additionalProperties: false } } } },
  gemini: { generationConfig: { responseMimeType: "application/json", responseJsonSchema: SCHEMA } },
};

/** Joins what two features ask for, in the dialects that know both. */
export const both = (one: Asked, other: Asked): Asked =>
  Object.fromEntries(
    DIALECTS.flatMap((dialect) => {
      const [a, b] = [one[dialect], other[dialect]];
      return a === undefined || b === undefined ? [] : [[dialect, { ...a, ...b }]];
    }),
  );

/** The same members in every dialect of the list. */
export const same = (members: Body, ...dialects: readonly Dialect[]): Asked =>
  Object.fromEntries(dialects.map((dialect) => [dialect, members]));

/** Members of Gemini's generation config beside those of the others. */
export const config = (members: Body, others: Asked): Asked => ({ ...others, gemini: { generationConfig: members } });

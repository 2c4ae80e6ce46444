/** What a legal Gemini stream and a legal Gemini request look like, as their strictest readers take them (see grammar.ts). */
import { framesOf } from "./conformance/corpus.ts";
import { isCount, must, nothing, objectOf, type Heard, type Loose } from "./grammar.ts";

const FINISHES: ReadonlySet<string> = new Set("STOP MAX_TOKENS SAFETY OTHER".split(" "));
const BASE64 = /^[A-Za-z0-9+/_-]+=*$/;
const DATA_FIELDS = ["text", "inlineData", "fileData", "functionCall", "functionResponse"] as const;

const hearPart = (part: Loose, heard: Heard): void => {
  const fields = DATA_FIELDS.filter((name) => part[name] !== undefined);
  must(fields.length === 1, `a part has ${fields.length} kinds of data`);
  const { text, thought, thoughtSignature: signature, functionCall: call } = part;
  if (signature !== undefined) {
    must(typeof signature === "string" && BASE64.test(signature), "a signature is no base64");
    heard.seals.push(signature);
  }
  if (call !== undefined) {
    must(typeof call.name === "string" && call.name !== "", "a call has no name");
    must(typeof call.args === "object" && call.args !== null, "a call has no arguments");
    heard.toolCalls.push({ id: call.id ?? "", name: call.name, input: JSON.stringify(call.args) });
  } else if (thought === true) heard.reasoning += text;
  else heard.text += text;
};

const hearChunk = (chunk: Loose, heard: Heard): void => {
  must(heard.finish === null, "something follows the end");
  must(chunk["error"] === undefined, "an error");
  must(Array.isArray(chunk["candidates"]) && chunk["candidates"].length === 1, "no candidate");
  const [candidate] = chunk["candidates"] as [Loose];
  must(candidate["index"] === 0 && candidate["content"]?.role === "model", "no content of a model");
  for (const part of candidate["content"].parts) hearPart(part, heard);
  const { finishReason: finish } = candidate;
  if (finish === undefined) return;
  must(FINISHES.has(finish), `no finish reason: ${finish}`);
  heard.finish = finish;
  const usage: Loose = chunk["usageMetadata"];
  for (const name of ["promptTokenCount", "candidatesTokenCount", "totalTokenCount"])
    must(isCount(usage?.[name]), `no ${name}`);
  heard.usage = usage;
};

/** Reads a whole stream. @throws on the first fault */
export const hearGemini = (sse: string): Heard => {
  const heard = nothing();
  for (const { raw, event, data } of framesOf(sse)) {
    must(event === "" && raw.startsWith("data: ") && !raw.includes("\n:"), "more than data");
    hearChunk(objectOf(data), heard);
  }
  must(heard.finish !== null, "no end");
  return heard;
};

/** Reads a JSON reply. */
export const hearGeminiWhole = (body: Loose): Heard => {
  const heard = nothing();
  hearChunk(body, heard);
  must(heard.finish !== null, "no end");
  return heard;
};

/** Holds a request to what the provider takes. @throws on the first fault */
export const checkGeminiRequest = (body: Loose): void => {
  must(Array.isArray(body["contents"]) && body["contents"].length > 0, "no contents");
  let calls = 0;
  for (const content of body["contents"] as Loose[]) {
    must(content["role"] === "user" || content["role"] === "model", "an unknown role");
    must(content["parts"].length > 0, "a content without parts");
    for (const part of content["parts"] as Loose[])
      must(DATA_FIELDS.filter((name) => part[name] !== undefined).length === 1, "a part without data");
    const count = (name: string): number => content["parts"].filter((part: Loose) => part[name] !== undefined).length;
    if (calls > 0) must(count("functionResponse") === calls, "as many answers as calls");
    calls = count("functionCall");
  }
  const config: Loose = body["generationConfig"] ?? {};
  must((config["temperature"] ?? 0) <= 2, "too warm");
  must((config["stopSequences"] ?? []).length <= 5, "too many stop sequences");
};

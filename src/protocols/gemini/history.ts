/**
 * What another protocol left in a conversation that goes on with a Gemini model by pass-through: signatures that only their own
 * maker can read, wrapped by us (seal.ts). They are taken out, and calls keep a word that says that theirs is lost.
 */
import type { Json, JsonObject } from "../canonical.ts";
import { isObject, listOf, textOf } from "../value.ts";
import { camel } from "./names.ts";
import { SKIP, WRAPPED_SIGN } from "./parts.ts";

/** True where the bytes of the contents hold a signature of ours, which nothing else spells. */
export const holdsForeign = (contents: Buffer): boolean => contents.includes(WRAPPED_SIGN);

const cleanPart = (part: Json): Json[] => {
  if (!isObject(part)) return [part];
  const spelt = camel(part);
  if (!textOf(spelt["thoughtSignature"]).includes(WRAPPED_SIGN)) return [part];
  const { thoughtSignature: _signature, ...rest } = spelt;
  if (isObject(spelt["functionCall"])) return [{ ...rest, thoughtSignature: SKIP }];
  // Thoughts of another model are of no use to this one, and an empty text says nothing.
  return spelt["thought"] === true || textOf(spelt["text"]) === "" ? [] : [rest];
};

/** The contents without foreign signatures, and without what is empty then. */
export const withoutForeign = (contents: Json): Json =>
  listOf(contents).flatMap((content): Json[] => {
    if (!isObject(content) || !Array.isArray(content["parts"])) return [content];
    const parts = listOf(content["parts"]).flatMap(cleanPart);
    const clean: JsonObject = { ...content, parts };
    return parts.length === 0 ? [] : [clean];
  });

/**
 * What another protocol left in a conversation that goes on with a chat provider by pass-through: seals in `reasoning_details`, which
 * only their own maker can read (seal.ts). They are taken out, by name; what the details show stays in `reasoning_content`.
 */
import type { Json, JsonObject } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { SEAL_PREFIX } from "../seal.ts";
import { isObject, listOf, textOf } from "../value.ts";
import { MAKER } from "./reasoning.ts";

/** True where the bytes of the messages may hold a seal that we handed out. */
export const holdsForeign = (messages: Buffer): boolean => messages.includes(MAKER) || messages.includes(SEAL_PREFIX);

/** Our mark, or our wrapping: no provider of this dialect made it. */
const isForeign = (detail: Json): boolean =>
  isObject(detail) &&
  (textOf(detail["id"]).startsWith(MAKER) ||
    textOf(detail["signature"]).startsWith(SEAL_PREFIX) ||
    textOf(detail["data"]).startsWith(SEAL_PREFIX));

/** The messages without foreign details. */
export const withoutForeign = (messages: readonly Json[], dropped: Dropped): readonly Json[] =>
  messages.map((message, i): Json => {
    if (!isObject(message)) return message;
    const { reasoning_details: details, ...rest } = message;
    if (!listOf(details).some(isForeign)) return message;
    dropped.add(`messages[${i}].reasoning_details`);
    // Text without a seal comes with details of its own, which mean nothing without it.
    const clean: JsonObject = rest;
    return clean;
  });

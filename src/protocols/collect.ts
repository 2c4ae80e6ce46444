/** Joins the events of a reply into the whole reply: the only reader of replies is the one that reads streams. */
import type { AssistantPart, Finish, Media, Reply, ReplyEvent, Seal } from "./canonical.ts";

/** A part as it grows. */
interface Growing {
  kind: "text" | "thinking" | "refusal" | "tool_call" | "image";
  text: string;
  id: string;
  name: string;
  seal: Seal | undefined;
  redacted: boolean;
  media: Media | undefined;
}

const grown = (part: Growing): AssistantPart => {
  const sealed = part.seal === undefined ? {} : { seal: part.seal };
  switch (part.kind) {
    case "text":
      return { type: "text", text: part.text };
    case "refusal":
      return { type: "refusal", text: part.text };
    case "thinking":
      return { type: "thinking", text: part.text, ...sealed, ...(part.redacted ? { redacted: true as const } : {}) };
    case "image":
      return { type: "image", media: part.media ?? { kind: "url", url: "" } };
    case "tool_call":
      return { type: "tool_call", id: part.id, name: part.name, input: part.text, ...sealed };
  }
};

/** The reply that the events of a stream tell. A reply that gave no finish ended by itself. */
export const collect = (events: Iterable<ReplyEvent>): Reply => {
  const parts = new Map<number, Growing>();
  let finish: Finish = "stop";
  let stopSequence: string | undefined;
  let id: string | undefined;
  const at = (index: number, kind: Growing["kind"]): Growing => {
    const known = parts.get(index);
    if (known !== undefined) return known;
    const part: Growing = { kind, text: "", id: "", name: "", seal: undefined, redacted: false, media: undefined };
    parts.set(index, part);
    return part;
  };
  for (const event of events) {
    switch (event.type) {
      case "start":
        id ??= event.id;
        break;
      case "text":
      case "thinking":
      case "refusal":
        at(event.index, event.type).text += event.text;
        break;
      case "seal":
        at(event.index, "thinking").seal = event.seal;
        break;
      case "redacted":
        Object.assign(at(event.index, "thinking"), { seal: event.seal, redacted: true });
        break;
      case "tool_call":
        Object.assign(at(event.index, "tool_call"), { id: event.id, name: event.name, seal: event.seal });
        break;
      case "image":
        at(event.index, "image").media = event.media;
        break;
      case "tool_input":
        at(event.index, "tool_call").text += event.text;
        break;
      case "finish":
        ({ finish } = event);
        stopSequence = event.stopSequence;
        break;
      case "part_end":
      case "ping":
        break;
    }
  }
  return {
    parts: [...parts.values()].map(grown),
    finish,
    ...(id === undefined ? {} : { id }),
    ...(stopSequence === undefined ? {} : { stopSequence }),
  };
};

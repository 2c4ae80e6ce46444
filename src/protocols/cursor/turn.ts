/**
 * What a model said, as Cursor must hear it (reference: protocols.md §5.3, §5.4): thinking as text before the answer; calls with known
 * names, ids of their own and arguments that can be read; text that was meant as a call; and a reason for the end that follows from
 * what was said, not from what the provider claims.
 */
import type { Finish, Reply, ReplyEvent } from "../canonical.ts";
import type { ReplyContext } from "../protocol.ts";
import { listOf, textOf } from "../value.ts";
import { RawArguments } from "../free-text.ts";
import { JsonArguments, type ArgumentFilter } from "./arguments.ts";
import { CallFinder, type Piece } from "./markers.ts";
import { THOUGHT_BEGINS, THOUGHT_ENDS } from "./thought.ts";
import { customNames, toolOf } from "./tools.ts";

/** Where a turn leaves the agent. `empty`: the model ended it without a word or a call. */
export type TurnState = "tool_calls" | "complete" | "empty" | "truncated" | "withheld";

/** What an empty turn shows: an agent that gets nothing at all stops without a reason. */
const NO_OUTPUT = "(no output)";

/** The tools that a request offers, as a reply needs them. */
interface Offered {
  readonly names: ReadonlySet<string>;
  /** The same by their names in lower case. */
  readonly folded: ReadonlyMap<string, string>;
  readonly custom: ReadonlySet<string>;
}

const offeredIn = ({ call }: ReplyContext): Offered => {
  const tools = listOf(call?.json()["tools"]);
  const names = tools.map((tool) => textOf(toolOf(tool)?.["name"]));
  return {
    names: new Set(names),
    folded: new Map(names.map((name) => [name.toLowerCase(), name])),
    custom: customNames(tools),
  };
};

interface CallUnderWay {
  readonly index: number;
  readonly filter: ArgumentFilter;
}

type CallEvent = ReplyEvent & { readonly type: "tool_call" };

export class Turn {
  readonly #offered: Offered;
  readonly #idSeed: string;
  #out: ReplyEvent[] = [];
  #next = 0;
  /** Our parts' places by the provider's. */
  readonly #places = new Map<number, number>();
  readonly #calls = new Map<number, CallUnderWay>();
  readonly #ids = new Set<string>();
  readonly #finder: CallFinder | undefined;
  /** Where the text goes. */
  #textAt: number | undefined;
  #thought: "none" | "open" | "closed" = "none";
  #answered = false;
  /** Blanks before anything was said: they stand before the answer, and never before thinking, which must come first. */
  #blanks = "";
  #hasCalls = false;
  #state: TurnState = "empty";

  constructor(context: ReplyContext) {
    this.#offered = offeredIn(context);
    this.#idSeed = context.requestId;
    if (this.#offered.names.size > 0) this.#finder = new CallFinder((name) => this.#nameOf(name) !== undefined);
  }

  /** Where the turn leaves the agent; meant once its end was written. */
  get state(): TurnState {
    return this.#state;
  }

  write(event: ReplyEvent): readonly ReplyEvent[] {
    this.#out = [];
    this.#read(event);
    return this.#out;
  }

  #read(event: ReplyEvent): void {
    switch (event.type) {
      case "thinking":
        return this.#think(event.text);
      case "text":
        return this.#hear(event.text);
      case "refusal":
        // Cursor shows nothing but content.
        return this.#say(event.text);
      case "tool_call":
        return this.#call(event);
      case "tool_input":
        return this.#input(event.index, event.text);
      case "finish":
        return this.#end(event.finish);
      case "image":
        this.#endThought();
        this.#answered = true;
        this.#out.push({ ...event, index: this.#placeOf(event.index) });
        return;
      case "start":
      case "ping":
        this.#out.push(event);
        return;
      // Seals cannot be carried, and parts end with the turn: only then is it known whether they are whole.
      case "seal":
      case "redacted":
      case "part_end":
        return;
    }
  }

  #placeOf(index: number): number {
    const known = this.#places.get(index);
    if (known !== undefined) return known;
    const place = this.#next++;
    this.#places.set(index, place);
    return place;
  }

  #think(text: string): void {
    // Thinking after the answer has begun could not be told from it when it comes back.
    if (text === "" || this.#answered || this.#thought === "closed") return;
    const begins = this.#thought === "none" ? THOUGHT_BEGINS : "";
    this.#thought = "open";
    this.#show(begins + text);
  }

  #endThought(): void {
    if (this.#thought !== "open") return;
    this.#thought = "closed";
    this.#show(THOUGHT_ENDS);
  }

  #show(text: string): void {
    this.#textAt ??= this.#next++;
    this.#out.push({ type: "text", index: this.#textAt, text });
  }

  #say(text: string): void {
    if (text === "") return;
    if (!this.#answered && text.trim() === "") {
      this.#blanks += text;
      return;
    }
    this.#endThought();
    this.#answered = true;
    const blanks = this.#blanks;
    this.#blanks = "";
    this.#show(blanks + text);
  }

  #hear(text: string): void {
    if (this.#finder === undefined) this.#say(text);
    else this.#pieces(this.#finder.push(text));
  }

  #pieces(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      if (typeof piece === "string") this.#say(piece);
      else this.#begin({ id: "", name: piece.name }, this.#next++, piece.input);
    }
  }

  /** The offered name that is meant: itself, or the one that differs in case alone. */
  #nameOf(name: string): string | undefined {
    return this.#offered.names.has(name) ? name : this.#offered.folded.get(name.toLowerCase());
  }

  #call({ id, name, index }: CallEvent): void {
    if (this.#finder !== undefined) this.#pieces(this.#finder.end());
    this.#begin({ id, name }, this.#placeOf(index), "");
  }

  #begin({ id: said, name }: { readonly id: string; readonly name: string }, index: number, input: string): void {
    this.#endThought();
    const known = this.#nameOf(name) ?? name;
    const isFree = said !== "" && !this.#ids.has(said);
    const id = isFree ? said : `call_${this.#idSeed}_${this.#ids.size}`;
    this.#ids.add(id);
    this.#hasCalls = true;
    this.#answered = true;
    const filter = this.#offered.custom.has(known) ? new RawArguments() : new JsonArguments();
    this.#calls.set(index, { index, filter });
    this.#out.push({ type: "tool_call", index, id, name: known });
    this.#pass(index, filter.push(input));
  }

  #input(index: number, text: string): void {
    const place = this.#placeOf(index);
    this.#pass(place, this.#calls.get(place)?.filter.push(text) ?? "");
  }

  #pass(index: number, text: string): void {
    if (text !== "") this.#out.push({ type: "tool_input", index, text });
  }

  #end(said: Finish): void {
    if (this.#finder !== undefined) this.#pieces(this.#finder.end());
    this.#endThought();
    for (const { index, filter } of this.#calls.values()) {
      this.#pass(index, filter.end(said !== "length"));
      this.#out.push({ type: "part_end", index });
    }
    this.#state = this.#stateAt(said);
    if (this.#state === "empty") this.#show(NO_OUTPUT);
    this.#out.push({ type: "finish", finish: FINISH_OF[this.#state] });
  }

  #stateAt(said: Finish): TurnState {
    if (said === "length") return "truncated";
    if (said === "filtered" || said === "refusal") return "withheld";
    if (this.#hasCalls) return "tool_calls";
    return this.#answered ? "complete" : "empty";
  }
}

/** What follows from where a turn stands. */
const FINISH_OF = {
  tool_calls: "tool_calls",
  complete: "stop",
  empty: "stop",
  truncated: "length",
  withheld: "filtered",
} as const satisfies Record<TurnState, Finish>;

/** A whole reply as the events of a stream that came in one piece. */
export const eventsOf = ({ parts, finish }: Reply): readonly ReplyEvent[] => {
  const events = parts.flatMap((part, index): ReplyEvent[] => {
    switch (part.type) {
      case "text":
      case "thinking":
      case "refusal":
        return [{ type: part.type, index, text: part.text }];
      case "image":
        return [{ type: "image", index, media: part.media }];
      case "tool_call":
        return [
          { type: "tool_call", index, id: part.id, name: part.name },
          { type: "tool_input", index, text: part.input },
        ];
    }
  });
  return [...events, { type: "finish", finish }];
};

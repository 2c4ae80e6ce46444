/** A worker's process as its primary sees it: what `node:cluster` would hand out, and its end in the order in which it is seen. */
import type { Worker } from "node:cluster";
import { EventEmitter } from "node:events";

import type { Port } from "../../src/cluster/link.ts";
import { Pipe, portOf, type Chance } from "./channel.ts";

/** Turns between a death and its being seen, at most … */
const MOST_TURNS_UNSEEN = 4;
/** … and before what had been said is heard. */
const MOST_TURNS_UNHEARD = 8;

export class SimProcess extends EventEmitter {
  /** The worker's end of the channel. */
  readonly port: Port;
  readonly process: { readonly pid: number; readonly kill: () => void };
  readonly #chance: Chance;
  readonly #toPrimary: Pipe;
  readonly #toWorker: Pipe;
  isOver = false;
  /** It stands still for ever: only its end is to come. */
  isHung = false;

  constructor(pid: number, chance: Chance) {
    super();
    this.#chance = chance;
    this.#toPrimary = new Pipe(chance);
    this.#toWorker = new Pipe(chance);
    this.port = portOf(this.#toPrimary, this.#toWorker);
    this.process = {
      pid,
      kill: () => {
        this.kill();
      },
    };
    this.#toPrimary.onMessage((message) => this.emit("message", message));
  }

  /** As the primary's cluster has it. */
  get asWorker(): Worker {
    return this as unknown as Worker;
  }

  /** From the primary. */
  send(message: unknown): void {
    this.#toWorker.send(message);
  }

  /** Neither hears the other for so many turns. */
  stall(turns: number): void {
    this.#toPrimary.stall(turns);
    this.#toWorker.stall(turns);
  }

  /** Unless it is for ever. */
  resume(): void {
    if (this.isHung) return;
    this.#toPrimary.resume();
    this.#toWorker.resume();
  }

  hang(): void {
    this.isHung = true;
    this.stall(Infinity);
  }

  /** By itself: everything that it has said is heard. */
  exit(code: number): void {
    this.#end(code, null, this.#toPrimary.length);
  }

  /** As `kill -9` would: of what is under way something arrives, nothing, or everything. */
  kill(): void {
    this.#end(null, "SIGKILL", this.#chance(this.#toPrimary.length + 1));
  }

  /** Together with its primary: nobody sees it. */
  vanish(): void {
    this.isOver = true;
    this.removeAllListeners();
    this.#toWorker.cut();
    this.#toPrimary.cut();
  }

  /** That the process is gone and that nothing more comes from it are seen one after the other, in either order. */
  #end(code: number | null, signal: string | null, kept: number): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#toWorker.cut();
    this.#toPrimary.end(kept, () => this.emit("disconnect"));
    this.#toPrimary.stall(this.#chance(MOST_TURNS_UNHEARD));
    const see = (turns: number): void => {
      if (turns === 0) this.emit("exit", code, signal);
      else
        setImmediate(() => {
          see(turns - 1);
        });
    };
    see(1 + this.#chance(MOST_TURNS_UNSEEN));
  }
}

/** The live view: requests as they are charged, to who may see them, for as long as they may; bounded, and gone with the server. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { MOST_PER_SESSION } from "../../src/console/live.ts";
import { chat } from "./ask.ts";
import { openRig, type Rig, type Who } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());

interface Event {
  readonly name: string;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
}

/** Reads events until enough of one kind have come. */
class Listener {
  readonly #response: Response;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #leave: AbortController;
  #text = "";

  constructor(response: Response, leave: AbortController) {
    this.#response = response;
    this.#reader = response.body!.getReader();
    this.#leave = leave;
  }

  get status(): number {
    return this.#response.status;
  }

  get type(): string | null {
    return this.#response.headers.get("content-type");
  }

  async next(name: string): Promise<Event> {
    for (;;) {
      const at = this.#text.indexOf("\n\n");
      if (at < 0) {
        const { done, value } = await this.#reader.read();
        if (done) throw new Error(`no event '${name}' before the end`);
        this.#text += Buffer.from(value).toString();
        continue;
      }
      const lines = this.#text.slice(0, at).split("\n");
      this.#text = this.#text.slice(at + 2);
      const field = (key: string) => lines.find((line) => line.startsWith(`${key}: `))?.slice(key.length + 2);
      if (field("event") === name)
        return { name, id: field("id"), data: JSON.parse(field("data") ?? "{}") as Record<string, unknown> };
    }
  }

  /** Goes away without a word. */
  leave(): void {
    this.#leave.abort();
  }
}

const listen = async (path: string, who: Who, headers: Readonly<Record<string, string>> = {}): Promise<Listener> => {
  const leave = new AbortController();
  const response = await fetch(`${rig.gateway.url}/console/api${path}`, {
    headers: { cookie: rig.cookies[who], ...headers },
    signal: leave.signal,
  });
  return new Listener(response, leave);
};

describe("an account's requests", () => {
  it("come to its members as they are charged, and to nobody else; the operator sees everybody's with their cost", async () => {
    const ours = `/accounts/${rig.ours.accountPublicId}/live`;
    const member = await listen(ours, "member");
    const operator = await listen("/admin/live", "operator");
    expect(member.type).toBe("text/event-stream; charset=utf-8");
    await member.next("open");
    await operator.next("open");
    const others = await chat(rig.gateway);
    const mine = await chat(rig.gateway, rig.ours.accountId);
    const seen = await member.next("request");
    expect(seen).toMatchObject({ id: mine, data: { id: mine, model: "sandbox/echo", status: 200 } });
    expect(seen.data["spendNano"]).toMatch(/^\d+$/);
    expect(seen.data).not.toHaveProperty("upstream");
    expect(seen.data).not.toHaveProperty("costNano");
    const all = [await operator.next("request"), await operator.next("request")];
    expect(new Set(all.map(({ id }) => id))).toEqual(new Set([others, mine]));
    expect(all[0]?.data).toMatchObject({ upstream: "sandbox" });
    expect(await listen(ours, "stranger").then(({ status }) => status)).toBe(404);
    member.leave();
    operator.leave();
  });

  it("that were missed come first to who says what they knew", async () => {
    const ours = `/accounts/${rig.ours.accountPublicId}/live`;
    const known = await chat(rig.gateway, rig.ours.accountId);
    const missed = await chat(rig.gateway, rig.ours.accountId);
    const back = await listen(ours, "owner", { "last-event-id": known });
    expect(await back.next("request")).toMatchObject({ id: missed });
    back.leave();
  });
});

describe("live views of one session", () => {
  it("are a few; one that is closed makes room", async () => {
    const path = `/accounts/${rig.theirs.accountPublicId}/live`;
    const open = await Promise.all(Array.from({ length: MOST_PER_SESSION }, () => listen(path, "stranger")));
    for (const one of open) expect(one.status).toBe(200);
    const refused = await fetch(`${rig.gateway.url}/console/api${path}`, { headers: { cookie: rig.cookies.stranger } });
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ error: { code: "rate_limited" } });
    open[0]?.leave();
    await expect
      .poll(async () => {
        const again = await listen(path, "stranger");
        again.leave();
        return again.status;
      })
      .toBe(200);
    for (const one of open) one.leave();
  });

  it("HEAD takes no place", async () => {
    const path = `${rig.gateway.url}/console/api/accounts/${rig.ours.accountPublicId}/live`;
    for (let index = 0; index <= MOST_PER_SESSION; index++)
      expect((await fetch(path, { method: "HEAD", headers: { cookie: rig.cookies.owner } })).status).toBe(200);
  });
});

describe("a server that drains", () => {
  it("ends live views at once, by a word, so that they keep nobody waiting", async () => {
    const viewer = await listen("/admin/live", "auditor");
    await viewer.next("open");
    const drained = rig.gateway.server.http.drain.begin("none");
    expect(await viewer.next("end")).toMatchObject({ data: { reason: "restart" } });
    expect(await drained).toMatchObject({ stopped: 0, cut: 0 });
  });
});

/** B31, §9.14: what keeps a silent stream alive in each dialect, and that it spoils nothing, whatever the provider speaks. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ask, DIALECTS, PAIRS, spokenAt, startDialects } from "../mutation/dialects.ts";
import type { TestGateway } from "../gateway.ts";
import { ownStream } from "../../src/protocols/fixtures/streams.ts";
import { plainEvents } from "../mutation/plain-sse.ts";
import { checkWire } from "../mutation/wire-grammar.ts";
import { stream, wait } from "../upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";

/** How long the provider says nothing, before its stream and in the middle of it: several of the gateway's shortened silences. */
const SILENCE_MS = 400;

let upstream: ScriptedUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  gateway = await startDialects(upstream, { waits: { headMs: 50 }, limits: { streamSilenceMs: 50 } });
  upstream.always(({ path }) => {
    const events = ownStream(spokenAt(path)).split(/(?<=\n\n)/);
    const late = stream(events);
    // Half-way some of the content came, and the end did not. One step more for the head.
    const half = 1 + Math.floor(events.length / 2);
    const [before, after] = [late.steps.slice(0, half), late.steps.slice(half)];
    return { ...late, steps: [wait(SILENCE_MS), ...before, wait(SILENCE_MS), ...after] };
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

describe("a provider that says nothing for a while", () => {
  it.concurrent.each(PAIRS)("%s for a client of %s", async (spoken, client) => {
    const { keepAlive } = DIALECTS[client];
    const reply = await ask(gateway, spoken, client);
    const text = await reply.text();
    expect(reply.status).toBe(200);
    expect(text.startsWith(keepAlive)).toBe(true);
    // Also between two events of the reply.
    const content = text.replaceAll(keepAlive, "");
    const first = text.indexOf(plainEvents(content)[0]?.data.slice(0, 20) ?? "?");
    expect(text.slice(first)).toContain(keepAlive);
    checkWire(client, content, true);
    const row = await gateway.row(reply.headers.get("x-request-id") ?? "");
    expect(row).toMatchObject({ outcome: "completed", status: 200n });
  });
});

/** `/metrics`: right sums, legal text, bounded labels, nobody outside. */
import { get } from "node:http";
import { afterEach, describe, expect, it } from "vitest";

import { Metrics, startMetrics, type MetricsListener } from "./metrics.ts";

let listener: MetricsListener | undefined;
afterEach(() => listener?.close());

const lines = async (metrics: Metrics, name: string): Promise<string[]> =>
  (await metrics.registry.metrics()).split("\n").filter((line) => line.startsWith(name));

describe("metrics", () => {
  it("counts requests by route and status", async () => {
    const metrics = new Metrics();
    metrics.request("/v1/messages", 200, 3);
    metrics.request("/v1/messages", 200, 30);
    metrics.request("/v1/messages", 402, 1);
    metrics.request("unmatched", 0, 1);
    expect(await lines(metrics, "farthing_requests_total")).toEqual([
      'farthing_requests_total{route="/v1/messages",status="200"} 2',
      'farthing_requests_total{route="/v1/messages",status="402"} 1',
      'farthing_requests_total{route="unmatched",status="0"} 1',
    ]);
    expect(await lines(metrics, "farthing_unanswered_total")).toEqual(["farthing_unanswered_total 1"]);
  });

  it("has cumulative buckets in seconds whose last equals the count", async () => {
    const metrics = new Metrics();
    for (const ms of [1, 2, 3, 700, 999_999]) metrics.firstByte("/v1/messages", ms);
    const found = new Map(
      (await lines(metrics, "farthing_first_byte_seconds")).map((line) => [
        line.slice(0, line.lastIndexOf(" ")),
        line.split(" ").at(-1),
      ]),
    );
    const bucket = (le: string) => found.get(`farthing_first_byte_seconds_bucket{route="/v1/messages",le="${le}"}`);
    expect([
      bucket("0.001"),
      bucket("0.002"),
      bucket("0.005"),
      bucket("0.5"),
      bucket("1"),
      bucket("300"),
      bucket("+Inf"),
    ]).toEqual(["1", "2", "3", "3", "4", "4", "5"]);
    expect(found.get('farthing_first_byte_seconds_count{route="/v1/messages"}')).toBe("5");
    expect(Number(found.get('farthing_first_byte_seconds_sum{route="/v1/messages"}'))).toBeCloseTo(1000.705, 6);
  });

  it("sums charges exactly where floating point would not", async () => {
    const metrics = new Metrics();
    metrics.charged(2n ** 53n);
    for (let count = 0; count < 1_000; count += 1) metrics.charged(1n);
    expect(await lines(metrics, "farthing_charged_nano_total")).toEqual([
      `farthing_charged_nano_total ${Number(2n ** 53n + 1_000n)}`,
    ]);
    expect(await lines(metrics, "farthing_charges_total")).toEqual(["farthing_charges_total 1001"]);
  });

  it("counts units, errors, refusals, providers' failures and batches", async () => {
    const metrics = new Metrics();
    metrics.tokens({ input: 10, output: 2 });
    metrics.tokens({ input: 5 });
    metrics.failed("invalid_key");
    metrics.refused("connections");
    metrics.upstreamError("lab", "timeout");
    metrics.upstreamError("lab", "timeout");
    metrics.batch(7);
    expect(await lines(metrics, 'farthing_units_total{unit="input"}')).toEqual([
      'farthing_units_total{unit="input"} 15',
    ]);
    expect(await lines(metrics, "farthing_errors_total")).toEqual(['farthing_errors_total{code="invalid_key"} 1']);
    expect(await lines(metrics, "farthing_refused_total")).toEqual(['farthing_refused_total{reason="connections"} 1']);
    expect(await lines(metrics, "farthing_upstream_errors_total")).toEqual([
      'farthing_upstream_errors_total{upstream="lab",code="timeout"} 2',
    ]);
    expect(await lines(metrics, 'farthing_settlement_batch_size_bucket{le="10"}')).toEqual([
      'farthing_settlement_batch_size_bucket{le="10"} 1',
    ]);
  });

  it("stays bounded when labels run wild, and loses no count", async () => {
    const metrics = new Metrics();
    for (let index = 0; index < 5_000; index += 1) metrics.request(`/made-up/${index}`, 404, 1);
    const found = await lines(metrics, "farthing_requests_total");
    expect(found.length).toBeLessThanOrEqual(1_001);
    expect(found.map((line) => Number(line.split(" ").at(-1))).reduce((sum, count) => sum + count, 0)).toBe(5_000);
  });

  it("reads the gauges when asked", async () => {
    const metrics = new Metrics();
    let holds = 1;
    metrics.watch({
      requests: () => 2,
      streams: () => 3,
      bodyBytes: () => 4,
      holds: () => holds,
      limitsDegraded: () => 1,
      logDropped: () => 5,
    });
    expect(await lines(metrics, "farthing_holds_open")).toEqual(["farthing_holds_open 1"]);
    holds = 0;
    expect(await lines(metrics, "farthing_holds_open")).toEqual(["farthing_holds_open 0"]);
  });

  it.each([
    ["/metrics", 200],
    ["/", 404],
    ["/metrics?x=1", 404],
  ])("serves %s with %i, on loopback", async (path, status) => {
    const metrics = new Metrics();
    metrics.request("/v1/messages", 200, 1);
    listener = await startMetrics(metrics, 0);
    const { port } = listener;
    const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      get({ port, host: "127.0.0.1", path, agent: false }, (res) => {
        let text = "";
        res.setEncoding("utf8");
        res.on("data", (chunk: string) => (text += chunk));
        res.on("end", () => {
          resolve({ status: res.statusCode ?? 0, text });
        });
      }).on("error", reject);
    });
    expect(answer.status).toBe(status);
    expect(answer.text.includes('farthing_requests_total{route="/v1/messages",status="200"} 1')).toBe(status === 200);
  });
});

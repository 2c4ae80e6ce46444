/**
 * What is counted, for Prometheus. Counting must not be felt: the hot path adds to plain cells found by one or two map look-ups, and
 * prom-client turns them into text when somebody asks.
 *
 * No label holds what a caller sent: routes are the router's own list, upstreams the operator's, codes and units closed tables.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Gauge, type Metric, Registry } from "prom-client";

import type { ErrorCode } from "../errors.ts";
import { UNITS, type Unit, type Usage } from "../unit.ts";

type Labels = Readonly<Record<string, string>>;
interface Sample {
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

/** Most label combinations of one metric; further ones are counted together as `other`. A guard, not a plan. */
const MAX_SERIES = 1_000;
const OTHER = "other";

/** Upper bounds in milliseconds: from a cached answer to a long reasoning reply. */
const LATENCY_BUCKETS_MS = [
  1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000,
] as const;
/** Upper bounds of the settlements in one commit. */
const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000] as const;

/** Looks a cell up by its label, making it on first sight, bounded. */
const cellOf = <Key, Cell>(cells: Map<Key, Cell>, key: Key, other: Key, make: () => Cell): Cell => {
  const known = cells.get(key);
  if (known !== undefined) return known;
  const place = cells.size < MAX_SERIES ? key : other;
  const placed = cells.get(place);
  if (placed !== undefined) return placed;
  const cell = make();
  cells.set(place, cell);
  return cell;
};

/** Counts into fixed buckets. */
class Distribution {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? Infinity)) index += 1;
    if (index < bounds.length) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
    this.#count += 1;
  }

  /** Prometheus' cumulative form. @param scale divides values and bounds: 1,000 shows milliseconds as seconds */
  samples(name: string, labels: Labels, scale: number): Sample[] {
    let below = 0;
    const buckets = this.#bounds.map((bound, index) => {
      below += this.#counts[index] ?? 0;
      return { metricName: `${name}_bucket`, labels: { ...labels, le: String(bound / scale) }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: this.#count },
      { metricName: `${name}_sum`, labels, value: this.#sum / scale },
      { metricName: `${name}_count`, labels, value: this.#count },
    ];
  }
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "histogram";
  readonly read: () => Sample[];
}

/** A metric that is read from cells. The registry asks a metric for no more than `name` and `get`; its type asks for a class. */
const asMetric = (family: Family): Metric => {
  const { name, help, type, read } = family;
  const metric = { name, get: () => Promise.resolve({ name, help, type, aggregator: "sum", values: read() }) };
  return metric as unknown as Metric;
};

/** Values that others hold and that are asked for when somebody looks. */
export interface GaugeSources {
  /** Requests under way. */
  readonly requests: () => number;
  /** Streams open. */
  readonly streams: () => number;
  /** Bytes of request bodies in memory. */
  readonly bodyBytes: () => number;
  /** Holds that are neither settled nor void. */
  readonly holds: () => number;
  /** 1 while this process counts its share of limits alone, because it cannot reach the others. */
  readonly limitsDegraded: () => number;
  /** Log lines lost because the output could not take them. */
  readonly logDropped: () => number;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Map<string, Map<number, { value: number }>>();
  readonly #latency = new Map<string, Distribution>();
  readonly #firstByte = new Map<string, Distribution>();
  readonly #errors = new Map<string, { value: number }>();
  readonly #refused = new Map<string, { value: number }>();
  readonly #upstreamErrors = new Map<string, Map<string, { value: number }>>();
  readonly #circuits = new Map<string, { value: number }>();
  readonly #batches = new Distribution(BATCH_BUCKETS);
  readonly #tokens = new Map<Unit, number>(UNITS.map((unit) => [unit, 0]));
  #chargedNano = 0n;
  #charges = 0;
  #gone = 0;

  constructor() {
    for (const family of this.#families()) this.registry.registerMetric(asMetric(family));
    this.#processGauges();
  }

  /** One request is over. @param status 0 when it was never answered */
  request(route: string, status: number, milliseconds: number): void {
    const statuses = cellOf(this.#requests, route, OTHER, () => new Map<number, { value: number }>());
    cellOf(statuses, status, 0, () => ({ value: 0 })).value += 1;
    cellOf(this.#latency, route, OTHER, () => new Distribution(LATENCY_BUCKETS_MS)).observe(milliseconds);
    if (status === 0) this.#gone += 1;
  }

  /** The first byte of content of a reply. */
  firstByte(route: string, milliseconds: number): void {
    cellOf(this.#firstByte, route, OTHER, () => new Distribution(LATENCY_BUCKETS_MS)).observe(milliseconds);
  }

  /** An error was answered. */
  failed(code: ErrorCode): void {
    cellOf(this.#errors, code as string, OTHER, () => ({ value: 0 })).value += 1;
  }

  /** A connection was refused before it had a request. */
  refused(why: ErrorCode | "connections"): void {
    cellOf(this.#refused, why as string, OTHER, () => ({ value: 0 })).value += 1;
  }

  /** Units of a settled reply. */
  tokens(usage: Usage): void {
    for (const unit of Object.keys(usage) as Unit[]) {
      const amount = usage[unit];
      if (amount !== undefined) this.#tokens.set(unit, (this.#tokens.get(unit) ?? 0) + amount);
    }
  }

  /** One committed charge, in nano-units. Summed exactly; only its display is rounded to what Prometheus can hold. */
  charged(nano: bigint): void {
    this.#chargedNano += nano;
    this.#charges += 1;
  }

  /** A provider failed. @param code an own code, never a provider's text */
  upstreamError(upstream: string, code: string): void {
    const codes = cellOf(this.#upstreamErrors, upstream, OTHER, () => new Map<string, { value: number }>());
    cellOf(codes, code, OTHER, () => ({ value: 0 })).value += 1;
  }

  /** An upstream, or a model of it, is not called for a while. */
  circuitOpened(upstream: string): void {
    cellOf(this.#circuits, upstream, OTHER, () => ({ value: 0 })).value += 1;
  }

  /** One commit of so many settlements. */
  batch(settlements: number): void {
    this.#batches.observe(settlements);
  }

  /** Connects the gauges; once. */
  watch(sources: GaugeSources): void {
    const gauges: readonly (readonly [string, string, () => number])[] = [
      ["farthing_requests_open", "Requests under way.", sources.requests],
      ["farthing_streams_open", "Streams open.", sources.streams],
      ["farthing_body_bytes_in_flight", "Bytes of request bodies in memory.", sources.bodyBytes],
      ["farthing_holds_open", "Holds neither settled nor void.", sources.holds],
      ["farthing_limits_degraded", "1 while limits are counted by shares, without Redis.", sources.limitsDegraded],
      ["farthing_log_lines_dropped", "Log lines lost because the output could not take them.", sources.logDropped],
    ];
    for (const [name, help, read] of gauges) this.#gauge(name, help, read);
  }

  /** @param aggregator what several processes have together: their sum, or the most that one of them has */
  #gauge(name: string, help: string, read: () => number, aggregator: "sum" | "max" = "sum"): void {
    const gauge = new Gauge({
      name,
      help,
      aggregator,
      registers: [this.registry],
      collect: () => {
        gauge.set(read());
      },
    });
  }

  #processGauges(): void {
    const delay = monitorEventLoopDelay({ resolution: 20 });
    delay.enable();
    this.#gauge(
      "farthing_event_loop_delay_p99_seconds",
      "Event loop delay since the last look, 99th percentile.",
      () => {
        const seconds = delay.percentile(99) / 1e9;
        delay.reset();
        return seconds;
      },
      "max",
    );
    this.#gauge("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
    this.#gauge("process_heap_used_bytes", "Heap in use.", () => process.memoryUsage().heapUsed);
    this.#gauge("process_cpu_seconds_total", "User and system time.", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
  }

  #families(): readonly Family[] {
    return [
      {
        name: "farthing_requests_total",
        help: "Requests by route and status.",
        type: "counter",
        read: () => this.#readRequests(),
      },
      {
        name: "farthing_request_seconds",
        help: "From a request's head to the end of its reply.",
        type: "histogram",
        read: () => spread(this.#latency, (cell, route) => cell.samples("farthing_request_seconds", { route }, 1_000)),
      },
      {
        name: "farthing_first_byte_seconds",
        help: "From a request's head to the first byte of content.",
        type: "histogram",
        read: () =>
          spread(this.#firstByte, (cell, route) => cell.samples("farthing_first_byte_seconds", { route }, 1_000)),
      },
      {
        name: "farthing_errors_total",
        help: "Errors answered, by code.",
        type: "counter",
        read: () => spread(this.#errors, ({ value }, code) => [{ labels: { code }, value }]),
      },
      {
        name: "farthing_refused_total",
        help: "Connections refused before a request.",
        type: "counter",
        read: () => spread(this.#refused, ({ value }, reason) => [{ labels: { reason }, value }]),
      },
      {
        name: "farthing_units_total",
        help: "Settled units (tokens, images, seconds).",
        type: "counter",
        read: () => spread(this.#tokens, (value, unit) => [{ labels: { unit }, value }]),
      },
      {
        name: "farthing_upstream_errors_total",
        help: "Failures of providers by upstream and code.",
        type: "counter",
        read: () =>
          spread(this.#upstreamErrors, (codes, upstream) =>
            spread(codes, ({ value }, code) => [{ labels: { upstream, code }, value }]),
          ),
      },
      {
        name: "farthing_circuit_openings_total",
        help: "How often an upstream, or a model of it, was taken out of service for failing.",
        type: "counter",
        read: () => spread(this.#circuits, ({ value }, upstream) => [{ labels: { upstream }, value }]),
      },
      {
        name: "farthing_settlement_batch_size",
        help: "Settlements in one commit.",
        type: "histogram",
        read: () => this.#batches.samples("farthing_settlement_batch_size", {}, 1),
      },
      single("farthing_charged_nano_total", "Committed charges in nano-units.", () => Number(this.#chargedNano)),
      single("farthing_charges_total", "Committed charges.", () => this.#charges),
      single("farthing_unanswered_total", "Requests whose client left before an answer.", () => this.#gone),
    ];
  }

  #readRequests(): Sample[] {
    return spread(this.#requests, (statuses, route) =>
      spread(statuses, ({ value }, status) => [{ labels: { route, status: String(status) }, value }]),
    );
  }
}

const single = (name: string, help: string, value: () => number): Family => ({
  name,
  help,
  type: "counter",
  read: () => [{ labels: {}, value: value() }],
});

const spread = <Key, Cell>(cells: ReadonlyMap<Key, Cell>, samplesOf: (cell: Cell, key: Key) => Sample[]): Sample[] =>
  [...cells].flatMap(([key, cell]) => samplesOf(cell, key));

/** Whose metrics are shown: one process's, or those of all that serve together. */
export interface MetricsSource {
  readonly registry: Pick<Registry, "metrics" | "contentType">;
}

export interface MetricsListener {
  readonly port: number;
  close(): Promise<void>;
}

/** Scrapers, at most; this is for the machine's own eyes. */
const MAX_SCRAPERS = 16;
const LOOPBACK = "127.0.0.1";

/**
 * Serves `GET /metrics` on the loopback interface, and nothing else.
 * @param port 0 asks the system for a free one
 * @throws the system's error, such as EADDRINUSE
 */
export const startMetrics = async (metrics: MetricsSource, port: number): Promise<MetricsListener> => {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (req, res) => {
    if (req.method !== "GET" || req.url !== "/metrics") {
      res.writeHead(404).end();
      return;
    }
    metrics.registry.metrics().then(
      (text) => {
        res.writeHead(200, { "content-type": metrics.registry.contentType }).end(text);
      },
      () => {
        res.writeHead(500).end();
      },
    );
  });
  server.maxConnections = MAX_SCRAPERS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};

/** A provider of videos that does as it is told: Ark's tasks over real HTTP, each answer scripted. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface DoubleJob {
  readonly id: string;
  readonly reference: number;
  readonly createdAt: number;
  polls: number;
}

/** What a poll gets: a status and a body, or the end of the connection. */
export type Scripted = { readonly status: number; readonly body: unknown } | "cut";

export interface ArkDouble {
  readonly url: string;
  readonly jobs: Map<string, DoubleJob>;
  /** Requests so far, by method and kind. */
  readonly counts: { created: number; refused: number; polled: number; listed: number; cancelled: number };
  /** What a poll of a job is told; `running` until it is set. */
  script: (job: DoubleJob) => Scripted | Promise<Scripted>;
  /** What happens to a creation after the job was made; it is answered by default. */
  onCreate: (job: DoubleJob, response: ServerResponse) => boolean | Promise<boolean>;
  /** What every creation is told, which makes no job then; null: it is taken. */
  refusal: Scripted | null;
  /** True: nobody is there. */
  isAway: boolean;
  close(): Promise<void>;
}

export const running: Scripted = { status: 200, body: { id: "x", status: "running" } };

export const queued: Scripted = { status: 200, body: { id: "x", status: "queued" } };

export const succeeded = (url: string, tokens: number): Scripted => ({
  status: 200,
  body: {
    id: "x",
    status: "succeeded",
    content: { video_url: url },
    usage: { completion_tokens: tokens, total_tokens: tokens },
    resolution: "720p",
    ratio: "16:9",
    duration: 5,
  },
});

export const failed: Scripted = {
  status: 200,
  body: { id: "x", status: "failed", error: { code: "InternalServiceError", message: "host-7.internal failed" } },
};

const read = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return parts.length === 0 ? {} : (JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>);
};

/** What a download of `FILM` gets. */
export const FILM_BYTES = "ftypisom: a film";
export const FILM = "/film.mp4";

const TASKS = "/api/v3/contents/generations/tasks";

export const startArkDouble = async (): Promise<ArkDouble> => {
  let serial = 0;
  const send = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
  const listed = ({ id, reference, createdAt }: DoubleJob) => ({
    id,
    status: "running",
    execution_expires_after: reference,
    created_at: createdAt,
  });
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (double.isAway) {
      request.socket.destroy();
      return;
    }
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (path === FILM) {
      response.writeHead(200, { "content-type": "video/mp4" });
      response.end(FILM_BYTES);
      return;
    }
    if (request.method === "POST" && path === TASKS) {
      const body = await read(request);
      const { refusal } = double;
      if (refusal !== null) {
        double.counts.refused++;
        if (refusal === "cut") request.socket.destroy();
        else send(response, refusal.status, refusal.body);
        return;
      }
      const job: DoubleJob = {
        id: `cgt-${++serial}`,
        reference: Number(body["execution_expires_after"]),
        createdAt: Math.floor(Date.now() / 1_000),
        polls: 0,
      };
      double.jobs.set(job.id, job);
      double.counts.created++;
      if (await double.onCreate(job, response)) send(response, 200, { id: job.id });
      return;
    }
    if (path === TASKS) {
      double.counts.listed++;
      const items = [...double.jobs.values()].map(listed);
      send(response, 200, { items, total: items.length });
      return;
    }
    const job = double.jobs.get(decodeURIComponent(path.slice(TASKS.length + 1)));
    if (request.method === "DELETE") {
      double.counts.cancelled++;
      send(response, 200, {});
      return;
    }
    double.counts.polled++;
    if (job === undefined) {
      send(response, 404, { error: { code: "NotFound" } });
      return;
    }
    job.polls++;
    const told = await double.script(job);
    if (told === "cut") request.socket.destroy();
    else send(response, told.status, told.body);
  };
  const server: Server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  const double: ArkDouble = {
    url: "",
    jobs: new Map(),
    counts: { created: 0, refused: 0, polled: 0, listed: 0, cancelled: 0 },
    script: () => running,
    onCreate: () => true,
    refusal: null,
    isAway: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return Object.assign(double, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
};

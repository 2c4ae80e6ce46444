/** The routes of video tasks: the flat form under all its addresses, OpenAI's `/v1/videos`, and the Gemini API's operations. */
import { errors, GatewayError } from "../errors.ts";
import type { Exchange } from "../http/exchange.ts";
import { readForm } from "../http/form.ts";
import { JSON_CONTENT } from "../http/reply.ts";
import type { KeyRecord } from "../keys/key.ts";
import type { Json, JsonObject } from "../protocols/canonical.ts";
import { scanJson } from "../protocols/json.ts";
import { mediaTypeOf } from "../providers/magic.ts";
import { blank } from "../table.ts";
import { cancelTask } from "./cancel.ts";
import { sendContent } from "./content.ts";
import { createTask } from "./create.ts";
import { fromPrediction, readVideo } from "./read.ts";
import type { TaskServices } from "./services.ts";
import { isFinal, requestOf, taskId, type Task, type TaskFormat } from "./task.ts";
import { listOfVideos, WRITERS, type Shown } from "./write.ts";

type Serve = (exchange: Exchange) => Promise<void>;

/** What a path is served by, by method, and the label of its route. */
export interface TaskRoute {
  readonly methods: Readonly<Partial<Record<string, Serve>>>;
  readonly label: string;
}

export interface TaskRoutes {
  /** Endpoints below `/v1` whose doubled and bare forms are tolerated (§9.8). */
  readonly endpoints: readonly string[];
  /** The route of a normalised path; undefined for one of somebody else. */
  find(path: string): TaskRoute | undefined;
}

/** The same collection under the names that services of the kind have for it; the first is its label. */
const COLLECTIONS: readonly (readonly [prefix: string, format: TaskFormat])[] = [
  ["/v1/videos/generations", "flat"],
  ["/video/v1/video/generations", "flat"],
  ["/v1/video/video/generations", "flat"],
  ["/v1/video/generations", "flat"],
  ["/v1/videos", "openai"],
];
const LABELS = { flat: "/v1/videos/generations", openai: "/v1/videos", gemini: "/v1beta/operations" } as const;
const ENDPOINTS = ["videos/generations", "video/generations", "videos"] as const;

const MODELS = "/v1beta/models/";
const OPERATIONS = "/operations/";
const PREDICT = ":predictLongRunning";
const FILES = "/v1beta/files/";
const DOWNLOAD = ":download";
const MOST_NAME = 256;

const DEFAULT_PAGE = 20;
const MOST_PAGE = 100;

const isForm = ({ headers }: Exchange): boolean =>
  headers["content-type"]?.toLowerCase().startsWith("multipart/form-data") === true;

/** A request's body as an object: JSON, or a form, whose files become data. @throws GatewayError */
const objectOf = async (exchange: Exchange, body: Buffer): Promise<JsonObject> => {
  if (!isForm(exchange)) {
    scanJson(body);
    return JSON.parse(body.toString("utf8")) as JsonObject;
  }
  const { fields, files } = await readForm(body, exchange.headers["content-type"]);
  const object = Object.assign(blank<Json>(), Object.fromEntries(fields));
  for (const { field, bytes } of files) {
    const mediaType = mediaTypeOf(bytes);
    if (mediaType === undefined) throw errors.invalidValue(field, "holds no image of a known kind");
    object[field] = `data:${mediaType};base64,${bytes.toString("base64")}`;
  }
  return object;
};

/** A creation that came to nothing. */
interface Refused {
  readonly key: KeyRecord;
  readonly model: string;
  readonly isKeyed: boolean;
  readonly error: unknown;
}

class Routes implements TaskRoutes {
  readonly endpoints = ENDPOINTS;
  readonly #services: TaskServices;
  readonly #publicUrl: string | null;

  constructor(services: TaskServices, publicUrl: string | null) {
    this.#services = services;
    this.#publicUrl = publicUrl;
  }

  find(path: string): TaskRoute | undefined {
    if (path.startsWith(MODELS) || path.startsWith(FILES)) return this.#gemini(path);
    for (const [prefix, format] of COLLECTIONS) {
      if (path === prefix) return this.#collection(format);
      if (!path.startsWith(`${prefix}/`)) continue;
      const [id = "", action, ...rest] = path.slice(prefix.length + 1).split("/");
      return rest.length > 0 ? undefined : this.#one(format, id, action);
    }
    return undefined;
  }

  #collection(format: TaskFormat): TaskRoute {
    const POST: Serve = (exchange) => this.#create(exchange, { format });
    return { label: LABELS[format], methods: { GET: (exchange) => this.#list(exchange, format), POST } };
  }

  #one(format: TaskFormat, id: string, action: string | undefined): TaskRoute | undefined {
    const label = `${LABELS[format]}/{id}`;
    switch (action) {
      case undefined:
        return {
          label,
          methods: {
            GET: (exchange) => this.#show(exchange, id, format),
            DELETE: (exchange) => this.#remove(exchange, id, format),
          },
        };
      case "content":
        return { label: `${label}/content`, methods: { GET: (exchange) => this.#content(exchange, id) } };
      case "cancel":
        return { label: `${label}/cancel`, methods: { POST: (exchange) => this.#cancel(exchange, id, format) } };
      default:
        return undefined;
    }
  }

  #gemini(path: string): TaskRoute | undefined {
    const label = LABELS.gemini;
    if (path.startsWith(FILES)) {
      if (!path.endsWith(DOWNLOAD)) return undefined;
      const id = path.slice(FILES.length, -DOWNLOAD.length);
      return { label: `${FILES}{id}${DOWNLOAD}`, methods: { GET: (exchange) => this.#content(exchange, id) } };
    }
    const name = path.slice(MODELS.length);
    if (name.endsWith(PREDICT) && name.length - PREDICT.length <= MOST_NAME) {
      const model = name.slice(0, -PREDICT.length);
      const POST: Serve = (exchange) => this.#create(exchange, { format: "gemini", model });
      return { label: `${MODELS}{model}${PREDICT}`, methods: { POST } };
    }
    const at = name.lastIndexOf(OPERATIONS);
    if (at < 0) return undefined;
    const id = name.slice(at + OPERATIONS.length);
    return { label: `${label}/{id}`, methods: { GET: (exchange) => this.#show(exchange, id, "gemini") } };
  }

  /** @param order with the model that the path says, where it says one */
  async #create(exchange: Exchange, { format, model: path }: { format: TaskFormat; model?: string }): Promise<void> {
    const services = this.#services;
    const key = await services.authenticate(exchange);
    const leaving = new AbortController();
    exchange.onGone(() => {
      leaving.abort();
    });
    const { requestId } = exchange;
    let model = "";
    let isKeyed = false;
    try {
      const body = await exchange.body({ media: isForm(exchange) ? "any" : "json" });
      const object = await objectOf(exchange, body);
      const request = readVideo(path === undefined ? object : fromPrediction(path, object));
      ({ model } = request);
      const claimed = await services.claimKey(exchange, key, { body, path });
      if (claimed === "replayed") return;
      isKeyed = claimed !== null;
      const made = await createTask(services, { requestId, key, request, format, left: leaving.signal, isKeyed });
      const reply = Buffer.from(this.#written(exchange, made.task, format));
      if (isKeyed) await services.idempotency.keep(requestId, { status: 200, contentType: JSON_CONTENT, body: reply });
      exchange.reply(200, reply, made.isSandbox ? ["x-farthing-sandbox", "true"] : []);
    } catch (error) {
      await this.#refused(exchange, { key, model, isKeyed, error });
      throw error;
    }
  }

  /** A row for what was refused; a task that came to be and failed has one of its own. Either way its Idempotency-Key is free. */
  async #refused(exchange: Exchange, { key, model, isKeyed, error }: Refused): Promise<void> {
    const { requestId } = exchange;
    const { store, idempotency } = this.#services;
    if (isKeyed) await idempotency.free(requestId);
    const task = await store.find(requestId).catch(() => null);
    if (isKeyed && task !== null && isFinal(task.state)) await idempotency.freeBegun(requestId);
    if (task !== null || !(error instanceof GatewayError)) return;
    this.#services.ledger.reject({
      requestId: exchange.requestId,
      accountId: key.accountId,
      keyId: key.id,
      model,
      protocol: "videos",
      stream: false,
      status: exchange.dialect.status(error.code),
      durationMs: Math.round(this.#services.monotonicMs() - exchange.receivedAt),
    });
  }

  async #show(exchange: Exchange, id: string, format: TaskFormat): Promise<void> {
    this.#reply(exchange, await this.#own(exchange, id), format);
  }

  async #content(exchange: Exchange, id: string): Promise<void> {
    const task = await this.#own(exchange, id);
    if (exchange.method === "HEAD") exchange.reply(200, "", ["content-type", "video/mp4"]);
    else await sendContent(this.#services, task, exchange);
  }

  async #cancel(exchange: Exchange, id: string, format: TaskFormat): Promise<void> {
    this.#reply(exchange, await this.#stopped(await this.#own(exchange, id)), format);
  }

  /** One that goes on is cancelled; one that has ended goes from its owner's list. */
  async #remove(exchange: Exchange, id: string, format: TaskFormat): Promise<void> {
    const task = await this.#own(exchange, id);
    if (!isFinal(task.state)) {
      this.#reply(exchange, await this.#stopped(task), format);
      return;
    }
    await this.#away(this.#services.store.hide(task.accountId, task.requestId));
    exchange.reply(200, JSON.stringify({ id: taskId(task.requestId), object: "video.deleted", deleted: true }));
  }

  #stopped(task: Task): Promise<Task> {
    return this.#away(cancelTask(this.#services, task));
  }

  async #list(exchange: Exchange, format: TaskFormat): Promise<void> {
    const key = await this.#services.authenticate(exchange);
    const query = new URLSearchParams(exchange.query);
    const limit = pageOf(query.get("limit") ?? query.get("page_size"));
    const after = query.get("after");
    const from = after === null ? null : requestOf(after);
    if (after !== null && from === null) throw errors.invalidValue("after", "must be the id of a task");
    const order = { limit: limit + 1, after: from, newestFirst: query.get("order") !== "asc" };
    const tasks = await this.#away(this.#services.store.list(key.accountId, order));
    const shown = this.#shown(exchange);
    const page = listOfVideos(tasks.slice(0, limit), tasks.length > limit, (task) => WRITERS[format](task, shown));
    exchange.reply(200, JSON.stringify(page));
  }

  /** The caller's own task. @throws GatewayError unknown_object, also for another account's (I-55) */
  async #own(exchange: Exchange, id: string): Promise<Task> {
    const key = await this.#services.authenticate(exchange);
    const requestId = requestOf(id);
    const task = requestId === null ? null : await this.#away(this.#services.store.find(requestId));
    if (task === null || task.accountId !== key.accountId || task.hidden) throw errors.unknownObject("task");
    return task;
  }

  /** What the database or a rule refuses, as callers see it. */
  async #away<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      throw error instanceof GatewayError ? error : errors.ledgerUnavailable(error);
    }
  }

  #reply(exchange: Exchange, task: Task, format: TaskFormat): void {
    exchange.reply(200, this.#written(exchange, task, format));
  }

  #written(exchange: Exchange, task: Task, format: TaskFormat): string {
    return JSON.stringify(WRITERS[format](task, this.#shown(exchange)));
  }

  #shown(exchange: Exchange): Shown {
    const { storefront } = this.#services.installation();
    const mounts = storefront.mounts.filter((mount) => exchange.path.startsWith(`${mount}/`));
    const mount = mounts.sort((a, b) => b.length - a.length)[0] ?? "";
    const host = this.#publicUrl ?? `http://${exchange.headers.host ?? "localhost"}`;
    return { base: host + mount, unit: storefront.unit, now: this.#services.epochMs() };
  }
}

const pageOf = (asked: string | null): number => {
  if (asked === null) return DEFAULT_PAGE;
  const limit = Number(asked);
  if (Number.isInteger(limit) && limit >= 1) return Math.min(limit, MOST_PAGE);
  throw errors.invalidValue("limit", "must be a positive whole number");
};

/** @param publicUrl where customers reach the gateway; null: where they say they have reached it */
export const taskRoutes = (services: TaskServices, publicUrl: string | null): TaskRoutes =>
  new Routes(services, publicUrl);

/**
 * The configuration file: its schema and the rules between its parts. Pure.
 *
 * Every object is strict, so that a misspelt field is an error that names its path, and every list has a limit. An object of the
 * file is kept as it was written, without defaults: what a file leaves out is not its to decide.
 */
import { parseDocument } from "yaml";
import { z } from "zod";

import { amount, describeIssue, modelFields, modelName } from "../catalog/entry.ts";
import { ConfigError } from "../config.ts";
import { MAX_RANDOM, MIN_RANDOM } from "../keys/key.ts";
import { complement, MoneyError, parseNano, parseRational } from "../money.ts";
import { findProvider, PROVIDER_IDS } from "../providers/index.ts";
import {
  baseUrlProblem,
  isSendableKey,
  LEAST_TIMEOUT_MS,
  MAX_API_KEY,
  MAX_BASE_URL,
  MAX_CONCURRENT,
  MOST_TIMEOUT_MS,
} from "../upstreams/upstream.ts";
import { brand } from "./brand.ts";
import { CATALOG_SCOPES, REGISTRATIONS } from "./installation.ts";
import { fillVariables, markVariables, VariableError, type Environment, type Fields, type Value } from "./variables.ts";

const MAX_FILE = 4 * 1024 * 1024;
const MAX_YAML_ALIASES = 100;
const MAX_UPSTREAMS = 500;
const MAX_MODELS = 2_000;
const MAX_PLANS = 100;
const MAX_MOUNTS = 16;
const MAX_LIMIT = 1_000_000_000_000;
const MAX_REGISTRATIONS = 1_000_000;

/** The upstream that is always there; no other may take its name. */
export const SANDBOX_UPSTREAM = "sandbox";

const ID_FORM = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const objectId = z
  .string()
  .regex(ID_FORM, "must be 1 to 64 of a-z, 0-9, '.', '_' and '-', and begin with a letter or digit");
const line = z.string().min(1).max(200);
const lines = z.string().min(1).max(500);
const webAddress = z.url({ protocol: /^https?$/ }).max(MAX_BASE_URL);

const MOUNT_FORM = /^(\/[A-Za-z0-9._-]+){0,8}$/;
const KEY_PREFIX_FORM = /^[A-Za-z0-9_-]{1,24}$/;

const quantity = z
  .union([z.int().min(1).max(1_000_000_000), amount])
  .refine((value) => positive(String(value)), "must be more than 0");
const positive = (text: string): boolean => {
  try {
    return parseNano(text) > 0n;
  } catch {
    return false;
  }
};

const displayUnit = z.union([
  z.literal("usd"),
  z.strictObject({ name: line, symbol: line.optional(), per: z.literal("usd"), rate: quantity }),
]);

const storefront = z.strictObject({
  name: line.optional(),
  keyPrefix: z.string().regex(KEY_PREFIX_FORM, "must be 1 to 24 letters, digits, '_' and '-'").optional(),
  mounts: z
    .array(
      z
        .string()
        .regex(MOUNT_FORM, 'must be "" or a path such as "/api", without a trailing slash')
        .refine((mount) => mount !== "/console" && !mount.startsWith("/console/"), "is where the console lies"),
    )
    .min(1)
    .max(MAX_MOUNTS)
    .optional(),
  unit: displayUnit.optional(),
  keyLength: z.int().min(MIN_RANDOM).max(MAX_RANDOM).optional(),
  support: line.optional(),
  seller: z.strictObject({ name: line.optional(), address: lines.optional(), taxId: line.optional() }).optional(),
  billingUrl: webAddress.optional(),
  catalog: z.enum(CATALOG_SCOPES).optional(),
  registration: z.enum(REGISTRATIONS).optional(),
  registrationsPerPeer: z.int().min(1).max(MAX_REGISTRATIONS).optional(),
  registrationsPerDay: z.int().min(1).max(MAX_REGISTRATIONS).optional(),
  startCredit: amount.optional(),
  idempotency: z.boolean().optional(),
  brand: brand.optional(),
});

const baseUrl = z.string().superRefine((text, context) => {
  const problem = baseUrlProblem(text);
  if (problem !== null) context.addIssue({ code: "custom", message: problem });
});

const isOwnName = (id: string): boolean => id !== SANDBOX_UPSTREAM;

const timeout = z.int().min(LEAST_TIMEOUT_MS).max(MOST_TIMEOUT_MS).optional();

const upstream = z.strictObject({
  id: objectId.refine(isOwnName, "is the name of the built-in sandbox"),
  provider: z.enum(PROVIDER_IDS).refine(isOwnName, "the sandbox is built in"),
  baseUrl: baseUrl.optional(),
  apiKey: z
    .string()
    .refine(isSendableKey, `must be 1 to ${MAX_API_KEY} visible ASCII characters without blanks`)
    .optional(),
  models: z
    .record(modelName, modelName)
    .refine((models) => Object.keys(models).length <= MAX_MODELS, `must have at most ${MAX_MODELS} models`)
    .optional(),
  timeouts: z.strictObject({ firstByteMs: timeout, wholeMs: timeout, idleMs: timeout }).optional(),
  maxConcurrent: z.int().min(1).max(MAX_CONCURRENT).optional(),
  drain: z.boolean().optional(),
});

const model = z.strictObject({ ...modelFields, id: modelName, provider: modelFields.provider.optional() });

const isDiscount = (text: string): boolean => {
  try {
    complement(parseRational(text));
    return true;
  } catch (error) {
    if (error instanceof MoneyError) return false;
    throw error;
  }
};

const limit = z.int().min(1).max(MAX_LIMIT);

const plan = z.strictObject({
  id: objectId,
  discount: z
    .string({ error: 'must be in quotes, such as "70%"' })
    .refine(isDiscount, 'must be between "0%" and "100%"')
    .optional(),
  price: amount.optional(),
  once: z.literal(true).optional(),
  rpm: limit.optional(),
  tpm: limit.optional(),
  concurrency: limit.optional(),
  default: z.boolean().optional(),
});

const file = z.strictObject({
  storefront: storefront.optional(),
  sandbox: z.strictObject({ enabled: z.boolean() }).optional(),
  upstreams: z.array(upstream).max(MAX_UPSTREAMS).optional(),
  models: z.array(model).max(MAX_MODELS).optional(),
  plans: z.array(plan).max(MAX_PLANS).optional(),
});

type SettingFile = z.output<typeof file>;

/** Fields of a stored object, checked again when they are read: the console writes them too. */
export const SHAPES = { storefront, sandbox: file.shape.sandbox.unwrap(), upstream, model, plan } as const;

export const OBJECT_KINDS = [
  "storefront",
  "sandbox",
  "upstream",
  "model",
  "plan",
] as const satisfies readonly (keyof typeof SHAPES)[];
export type ObjectKind = (typeof OBJECT_KINDS)[number];

/** An object of the file, in the file's own words. */
export interface FileObject {
  readonly kind: ObjectKind;
  /** `default` for what exists once. */
  readonly id: string;
  readonly fields: Fields;
  /** Variables that it names and that are not set. Not empty means: keep it disabled. */
  readonly unset: readonly string[];
}

/** The id of objects that exist once. */
export const ONLY = "default";

const isFields = (value: Value | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const readYaml = (text: string): Value => {
  if (text.length > MAX_FILE) throw new ConfigError(`The file is larger than ${MAX_FILE} characters.`);
  const document = parseDocument(markVariables(text), { uniqueKeys: true, stringKeys: true, logLevel: "error" });
  if (document.errors.length > 0)
    throw new ConfigError(
      document.errors.map((error) => (error.message.split("\n")[0] ?? "").replace(/:$/, "")).join("\n"),
    );
  try {
    // Nothing but what JSON has can come out: no custom tags are known, and dates stay strings.
    return document.toJS({ maxAliasCount: MAX_YAML_ALIASES }) as Value;
  } catch (error) {
    if (error instanceof ReferenceError) throw new ConfigError("The file repeats its anchors too often.");
    throw error;
  }
};

/** Fields whose variables are all set; the others are left out, since an upstream without them is only kept, not used. */
const fillUpstream = (value: Value, env: Environment): { value: Value; unset: readonly string[] } => {
  if (!isFields(value)) return fillVariables(value, env);
  const filled = Object.entries(value).map(([name, member]) => [name, fillVariables(member, env)] as const);
  return {
    value: Object.fromEntries(
      filled.filter(([, { unset }]) => unset.length === 0).map(([name, member]) => [name, member.value]),
    ),
    unset: filled.flatMap(([, { unset }]) => unset),
  };
};

/** Fills every part; only upstreams may name variables that are not set. */
const fillFile = (
  raw: Fields,
  env: Environment,
): { filled: Fields; unset: readonly (readonly string[])[]; problems: string[] } => {
  const problems: string[] = [];
  const upstreams = Array.isArray(raw["upstreams"])
    ? raw["upstreams"].map((item: Value) => fillUpstream(item, env))
    : null;
  const parts = Object.entries(raw).map(([name, part]): [string, Value] => {
    if (name === "upstreams" && upstreams !== null) return [name, upstreams.map((item) => item.value)];
    const { value, unset } = fillVariables(part, env);
    problems.push(...unset.map((variable) => `${name}: the variable ${variable} is not set`));
    return [name, value];
  });
  return { filled: Object.fromEntries(parts), unset: upstreams?.map((item) => item.unset) ?? [], problems };
};

const repeated = (list: string, ids: readonly string[]): string[] =>
  ids.flatMap((id, index) => (ids.indexOf(id) < index ? [`${list}[${index}].id: '${id}' is used twice`] : []));

/** Rules between the parts of a file. */
const inconsistencies = (parsed: SettingFile, unset: readonly (readonly string[])[]): string[] => {
  const { upstreams = [], models = [], plans = [] } = parsed;
  const problems = [
    ...repeated(
      "upstreams",
      upstreams.map((item) => item.id),
    ),
    ...repeated(
      "models",
      models.map((item) => item.id),
    ),
    ...repeated(
      "plans",
      plans.map((item) => item.id),
    ),
  ];
  upstreams.forEach((item, index) => {
    const waits = (unset[index]?.length ?? 0) > 0;
    if (item.baseUrl === undefined && findProvider(item.provider)?.baseUrl === null && !waits)
      problems.push(`upstreams[${index}].baseUrl: is required for the provider '${item.provider}'`);
  });
  plans.forEach((item, index) => {
    if ((item.price === undefined) !== (item.once === undefined))
      problems.push(`plans[${index}].once: must be true together with a price; repeated payments are not supported`);
  });
  if (plans.filter((item) => item.default === true).length > 1)
    problems.push("plans: only one plan can be the default");
  return problems;
};

const withoutId = (item: Value): Fields =>
  isFields(item) ? Object.fromEntries(Object.entries(item).filter(([name]) => name !== "id")) : {};

const listOf = (value: Value | undefined): readonly Value[] =>
  Array.isArray(value) ? (value as readonly Value[]) : [];

const idOf = (item: Value): string => (isFields(item) && typeof item["id"] === "string" ? item["id"] : "");

const objectsOf = (filled: Fields, unset: readonly (readonly string[])[]): FileObject[] => {
  const once = (kind: "storefront" | "sandbox"): FileObject[] => {
    const fields = filled[kind];
    return isFields(fields) ? [{ kind, id: ONLY, fields, unset: [] }] : [];
  };
  const many = (kind: ObjectKind, name: string, waits: readonly (readonly string[])[] = []): FileObject[] =>
    listOf(filled[name]).map((item, index) => ({
      kind,
      id: idOf(item),
      fields: withoutId(item),
      unset: waits[index] ?? [],
    }));
  return [
    ...once("storefront"),
    ...once("sandbox"),
    ...many("upstream", "upstreams", unset),
    ...many("model", "models"),
    ...many("plan", "plans"),
  ];
};

/**
 * Reads a configuration file: YAML (or JSON), variables, schema, and the rules between its parts.
 * @throws ConfigError with every problem, one line each, naming its path and repeating no value of a credential.
 */
export const readSetting = (text: string, env: Environment): readonly FileObject[] => {
  try {
    const raw = readYaml(text) ?? {};
    if (!isFields(raw)) throw new ConfigError("The file must hold fields such as `upstreams:`.");
    const { filled, unset, problems } = fillFile(raw, env);
    const parsed = file.safeParse(filled);
    if (!parsed.success) throw new ConfigError([...problems, ...parsed.error.issues.map(describeIssue)].join("\n"));
    problems.push(...inconsistencies(parsed.data, unset));
    if (problems.length > 0) throw new ConfigError(problems.join("\n"));
    return objectsOf(filled, unset);
  } catch (error) {
    if (error instanceof VariableError) throw new ConfigError(error.message);
    throw error;
  }
};

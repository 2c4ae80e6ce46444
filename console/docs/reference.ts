/** The API's document as the reference reads it: operations by tag, their fields flattened to lines. Pure. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

interface Body {
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

export interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses?: Readonly<Record<string, Body & { readonly $ref?: string }>>;
}

export interface ApiDocument {
  readonly info: { readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses?: Readonly<Record<string, Body>>;
  };
}

export interface Listed {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** The operations of a tag, in the document's order. */
export const operationsOf = (document: ApiDocument, tag: string): readonly Listed[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags?.includes(tag) === true)
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );

/** A schema with its reference followed. */
export const followed = (document: ApiDocument, schema: Schema): Schema => {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : (document.components.schemas[name] ?? schema);
};

/** A field of a body as one line. */
export interface FieldLine {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
  readonly depth: number;
}

const DEEPEST = 2;

const nameOf = (schema: Schema): string => schema.$ref?.split("/").at(-1) ?? "";

/** "string", "array of number", "\"a\" or \"b\"". */
export const typeOf = (document: ApiDocument, given: Schema): string => {
  const schema = followed(document, given);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map((one) => typeOf(document, one)))].join(" or ");
  if (schema.type === "array")
    return `list of ${schema.items === undefined ? "anything" : typeOf(document, schema.items)}`;
  if (typeof schema.type === "string") return schema.type;
  if (schema.type !== undefined) return schema.type.join(" or ");
  return nameOf(given) === "" ? "anything" : nameOf(given);
};

/** The fields of a body, those of objects within it indented, as deep as is read. */
export const fieldsOf = (document: ApiDocument, given: Schema, depth = 0): readonly FieldLine[] => {
  const schema = followed(document, given);
  const own = schema.type === "array" && schema.items !== undefined ? followed(document, schema.items) : schema;
  const parts = own.allOf?.flatMap((part) => Object.entries(followed(document, part).properties ?? {})) ?? [];
  return [...parts, ...Object.entries(own.properties ?? {})].flatMap(([name, field]) => {
    const line: FieldLine = {
      name,
      type: typeOf(document, field),
      required: own.required?.includes(name) === true,
      description: field.description ?? followed(document, field).description ?? "",
      depth,
    };
    return depth < DEEPEST ? [line, ...fieldsOf(document, field, depth + 1)] : [line];
  });
};

/** The first schema of a body, whatever its media type. */
export const schemaOf = (body: Body | undefined): Schema | undefined =>
  Object.values(body?.content ?? {}).find(({ schema }) => schema !== undefined)?.schema;

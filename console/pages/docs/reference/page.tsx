/** The API reference: every public route, from the document that the server's tests keep true. */
import { document as written } from "virtual:api-reference";

import { anchorOf } from "../../../docs/elements.tsx";
import {
  fieldsOf,
  operationsOf,
  schemaOf,
  typeOf,
  type ApiDocument,
  type FieldLine,
  type Listed,
  type Parameter,
} from "../../../docs/reference.ts";
import { Badge } from "../../../ui/badge.tsx";
import { classes } from "../../../ui/classes.ts";
import { Side } from "../side.tsx";
import { words } from "./words.ts";

const document = written as ApiDocument;

const INDENT = ["", "pl-5", "pl-10"];

const Lines = ({ title, lines }: { readonly title: string; readonly lines: readonly FieldLine[] }) =>
  lines.length === 0 ? null : (
    <div>
      <h4 className="mb-1 text-small font-medium text-ink-3">{title}</h4>
      <dl className="divide-y divide-line rounded-large border border-line bg-surface">
        {lines.map(({ name, type, required, description, depth }, index) => (
          <div key={`${index}-${name}`} className="grid gap-x-6 px-4 py-2 sm:grid-cols-[minmax(0,15rem)_1fr]">
            <dt className={classes("min-w-0", INDENT[depth])}>
              <code className="font-mono text-small break-words text-ink">{name}</code>
              {required && <span className="ml-1.5 text-small text-accent">{words.required}</span>}
            </dt>
            <dd className="min-w-0 text-ink-2">
              <span className="text-small break-words text-ink-3">{type}</span>
              {description !== "" && <span className="block">{description}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );

const parameterLine = ({ name, in: place, description = "", required = false, schema }: Parameter): FieldLine => ({
  name,
  type: `${place}, ${schema === undefined ? "string" : typeOf(document, schema)}`,
  required,
  description,
  depth: 0,
});

const Operation = ({ method, path, operation }: Listed) => {
  const { summary, description, parameters = [], requestBody, responses = {} } = operation;
  const asked = schemaOf(requestBody);
  const answered = schemaOf(responses["200"] ?? responses["201"]);
  const refusals = Object.keys(responses).filter((status) => !status.startsWith("2"));
  return (
    <details className="group border-b border-line">
      <summary className="flex flex-wrap items-baseline gap-x-3 gap-y-1 py-3">
        <Badge tone={method === "GET" ? "neutral" : "accent"}>{method}</Badge>
        <code className="font-mono text-small break-all text-ink">{path}</code>
        <span className="text-ink-2">{summary}</span>
      </summary>
      <div className="flex flex-col gap-5 pt-1 pb-6">
        {description !== undefined && <p className="max-w-2xl text-ink-2">{description}</p>}
        <Lines title={words.parameters} lines={parameters.map(parameterLine)} />
        {asked !== undefined && <Lines title={words.request} lines={fieldsOf(document, asked)} />}
        {answered !== undefined && <Lines title={words.reply} lines={fieldsOf(document, answered)} />}
        {refusals.length > 0 && (
          <p className="text-small text-ink-3">
            {words.refusals}: {refusals.join(", ")}
          </p>
        )}
      </div>
    </details>
  );
};

export const ReferencePage = () => (
  <div className="grid gap-8 lg:grid-cols-[13rem_minmax(0,1fr)] lg:gap-14">
    <Side />
    <article className="max-w-4xl min-w-0">
      <h1 className="text-title font-medium text-ink">{words.title}</h1>
      <p className="mt-2 max-w-2xl text-ink-2">{words.description}</p>
      {document.tags.map(({ name, description }) => (
        <section key={name} aria-labelledby={anchorOf(name)} className="mt-10">
          <h2 id={anchorOf(name)} className="scroll-mt-20 text-large font-medium text-ink">
            {name}
          </h2>
          <p className="mt-1 mb-3 text-ink-2">{description.replaceAll("`", "")}</p>
          <div className="border-t border-line">
            {operationsOf(document, name).map((listed) => (
              <Operation key={`${listed.method} ${listed.path}`} {...listed} />
            ))}
          </div>
        </section>
      ))}
    </article>
  </div>
);

/** The fidelity matrix as a page for people. */
import {
  CLIENT_DIALECTS,
  type Cells,
  type ClientDialect,
  type Fate,
  type Fidelity,
} from "../../src/catalog/fidelity.ts";
import { plainColumn } from "./plain.ts";

const SIGNS = { carried: "✓", named: "named", refused: "400", idle: "·", absent: "–" } as const satisfies Record<
  Fate,
  string
>;

type Cell = Cells[ClientDialect];

const fateIn = (cell: Cell, feature: string): string => {
  for (const [fate, sign] of Object.entries(SIGNS)) if (cell[fate as Fate]?.includes(feature)) return sign;
  return "";
};

const featuresOf = (columns: Fidelity["requests"], dialect: ClientDialect): string[] => [
  ...new Set(Object.values(columns).flatMap((column) => Object.values(column[dialect]).flat())),
];

/** A table of one client dialect: features down, columns across. */
const table = (columns: Fidelity["requests"], names: readonly string[], dialect: ClientDialect): string => {
  const shown = Object.fromEntries(
    names.flatMap((name) => (columns[name] === undefined ? [] : [[name, columns[name]]])),
  );
  const rows = featuresOf(shown, dialect).map(
    (feature) => `| ${feature} | ${names.map((name) => fateIn(columns[name]?.[dialect] ?? {}, feature)).join(" | ")} |`,
  );
  return [`| feature | ${names.join(" | ")} |`, `|---|${"---|".repeat(names.length)}`, ...rows].join("\n");
};

/** The columns that stand for their protocol: a plain surface, a model that reasons. */
const MAIN: Readonly<Record<string, string>> = {
  "openai-chat": plainColumn("openai-chat", "some-model", ["reasoning"]),
  "openai-responses": plainColumn("openai-responses", "some-model", ["reasoning"]),
  anthropic: plainColumn("anthropic", "claude-sonnet-4-6", ["reasoning"]),
  gemini: plainColumn("gemini", "gemini-3.5-flash", ["reasoning"]),
  "openai-completions": "openai-completions",
};

const HEAD = `# What is carried

Which features reach a model of each provider protocol, and come back, for each client dialect. This page and \`catalog/fidelity.json\`
are written by \`npm run fidelity\`, from a run through the real relay (replies whole and as streams); a test fails when they are not what the code does. All
surfaces and kinds of model are in the file, and \`GET /v1/models/info\` publishes them per model.

✓ carried · **named**: not carried, and named in \`x-farthing-dropped\` (with \`x-farthing-strict: true\`: a 400) · **400**: refused ·
\`·\` has no effect there, so nothing is missed · – the client's dialect has no place for it · empty: the dialect knows no such thing.
`;

export const pageOf = ({ requests, replies }: Fidelity): string => {
  const main = Object.fromEntries(
    Object.entries(MAIN).flatMap(([name, column]) =>
      requests[column] === undefined ? [] : [[name, requests[column]]],
    ),
  );
  const sections = CLIENT_DIALECTS.map((dialect) =>
    [
      `## ${dialect}`,
      "### Requests",
      table(main, Object.keys(main), dialect),
      "### Replies",
      table(replies, Object.keys(replies), dialect),
    ].join("\n\n"),
  );
  return `${[HEAD.trimEnd(), ...sections].join("\n\n")}\n`;
};

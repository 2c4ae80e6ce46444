/** The conversation as code that somebody can run: the very body that was sent. */
import { useStorefront } from "../../../layout/storefront.tsx";
import { CodeTabs } from "../../../ui/code.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { words } from "./words.ts";

const KEY = "YOUR_API_KEY";

/** JSON with Python's words for true, false and null; strings are the same in both. */
const asPython = (value: unknown, indent = ""): string => {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const deeper = `${indent}    `;
  if (Array.isArray(value))
    return value.length === 0
      ? "[]"
      : `[\n${value.map((one) => `${deeper}${asPython(one, deeper)},\n`).join("")}${indent}]`;
  const lines = Object.entries(value).map(
    ([name, one]) => `${deeper}${JSON.stringify(name)}: ${asPython(one, deeper)},\n`,
  );
  return `{\n${lines.join("")}${indent}}`;
};

const pythonOf = (baseUrl: string, body: Record<string, unknown>): string => {
  const members = Object.entries(body).map(([name, value]) => `    ${name}=${asPython(value, "    ")},\n`);
  const reading =
    body["stream"] === true
      ? 'for chunk in reply:\n    if chunk.choices:\n        print(chunk.choices[0].delta.content or "", end="")'
      : "print(reply.choices[0].message.content)";
  return `from openai import OpenAI\n\nclient = OpenAI(base_url="${baseUrl}", api_key="${KEY}")\nreply = client.chat.completions.create(\n${members.join("")})\n${reading}`;
};

const typescriptOf = (baseUrl: string, body: Record<string, unknown>): string => {
  const reading =
    body["stream"] === true
      ? 'for await (const chunk of reply) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");'
      : "console.log(reply.choices[0].message.content);";
  return `import OpenAI from "openai";\n\nconst client = new OpenAI({ baseURL: "${baseUrl}", apiKey: "${KEY}" });\nconst reply = await client.chat.completions.create(${JSON.stringify(body, null, 2)});\n${reading}`;
};

const curlOf = (baseUrl: string, body: Record<string, unknown>): string =>
  `curl ${baseUrl}/chat/completions \\\n  -H "Authorization: Bearer ${KEY}" \\\n  -H "Content-Type: application/json" \\\n  -d '${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'`;

export interface CodeDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly body: Record<string, unknown>;
}

export const CodeDialog = ({ open, onClose, body }: CodeDialogProps) => {
  const { baseUrls } = useStorefront();
  return (
    <Dialog open={open} onClose={onClose} wide title={words.codeTitle} description={words.codeText}>
      <CodeTabs
        name="language"
        label={words.codeTitle}
        tabs={[
          { label: "curl", code: curlOf(baseUrls.openai, body) },
          { label: "Python", code: pythonOf(baseUrls.openai, body) },
          { label: "TypeScript", code: typescriptOf(baseUrls.openai, body) },
        ]}
      />
    </Dialog>
  );
};

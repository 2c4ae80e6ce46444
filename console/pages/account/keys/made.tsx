/** A key just made: shown once, with a first call to try it. */
import { useStorefront } from "../../../layout/storefront.tsx";
import type { MadeKey } from "../../../api/keys.ts";
import { Button } from "../../../ui/button.tsx";
import { Code } from "../../../ui/code.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Notice } from "../../../ui/page.tsx";
import { words } from "./words.ts";

/** Answers without a provider and costs next to nothing, where the key may use it. */
const FIRST_MODEL = "sandbox/echo";
const MASK = "•".repeat(24);

const curl = (base: string, model: string, key: string): string =>
  [
    `curl ${base}/chat/completions \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello!"}]}'`,
  ].join("\n");

export const MadeDialog = ({ made, onClose }: { readonly made: MadeKey | null; readonly onClose: () => void }) => {
  const { baseUrls, keyPrefix } = useStorefront();
  const secret = made?.secret ?? "";
  const model = made?.key.models?.[0] ?? FIRST_MODEL;
  return (
    <Dialog
      open={made !== null}
      onClose={onClose}
      wide
      title={words.madeTitle}
      actions={
        <Button kind="primary" onClick={onClose}>
          {words.stored}
        </Button>
      }
    >
      <Notice tone="warn">{words.madeText}</Notice>
      <div className="flex items-center gap-2 rounded-large border border-line-strong bg-sunken py-2 pr-2 pl-4">
        <span data-testid="secret" className="min-w-0 flex-1 font-mono break-all text-ink select-all">
          {secret}
        </span>
        <CopyButton text={secret} what={words.madeKey} />
      </div>
      <Code
        title={words.tryIt}
        code={curl(baseUrls.openai, model, `${keyPrefix}${MASK}`)}
        copied={curl(baseUrls.openai, model, secret)}
      />
    </Dialog>
  );
};

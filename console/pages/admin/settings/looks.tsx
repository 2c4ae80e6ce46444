/** The storefront's colours and mark, with what they look like in both themes. */
import { useRef } from "react";

import { Button } from "../../../ui/button.tsx";
import { classes } from "../../../ui/classes.ts";
import { Wren } from "../../../ui/logo.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { TextField } from "../../../ui/field.tsx";
import { toast } from "../../../ui/toast.tsx";
import { contrast, LEAST_CONTRAST } from "./colour.ts";
import type { Form, Problems } from "./form.ts";
import { words } from "./words.ts";

const MOST_LOGO_BYTES = 48 * 1_024;

/** As in styles.css: the ground of each theme, what stands on the accent, and our own accents. */
const THEMES = [
  { field: "accent", ground: "#faf8f5", ink: "#211d19", onAccent: "#ffffff", own: "#9a4a1b" },
  { field: "accentDark", ground: "#171412", ink: "#f2ede7", onAccent: "#1b120b", own: "#e39a66" },
] as const;
type Theme = (typeof THEMES)[number];

const asDataUrl = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      resolve(typeof reader.result === "string" ? reader.result : "");
    });
    reader.addEventListener("error", () => {
      reject(reader.error ?? new Error("the file cannot be read"));
    });
    reader.readAsDataURL(file);
  });

const Contrast = ({ colour, theme }: { readonly colour: string; readonly theme: Theme }) => {
  const ratio = contrast(colour === "" ? theme.own : colour, theme.ground);
  if (ratio === null) return null;
  const isFine = ratio >= LEAST_CONTRAST;
  return (
    <span className={classes("text-small", isFine ? "text-ink-3" : "text-bad")}>
      {words.contrast(ratio.toFixed(1))}
      {!isFine && `, ${words.contrastBad}`}
    </span>
  );
};

/** A small piece of a screen in one theme, whatever the reader's own is. */
const Preview = ({ form, theme }: { readonly form: Form; readonly theme: Theme }) => {
  const chosen = form[theme.field];
  const colour = contrast(chosen, theme.ground) === null ? theme.own : chosen;
  return (
    <div
      className="flex flex-col gap-3 rounded-large border border-line p-4"
      style={{ background: theme.ground, color: theme.ink }}
    >
      <span className="flex items-center gap-2 font-medium">
        {form.logo === "" ? (
          <span style={{ color: colour }}>
            <Wren className="size-6" />
          </span>
        ) : (
          <img src={form.logo} alt="" className="size-6 object-contain" />
        )}
        {form.name}
      </span>
      <span className="flex items-center gap-4">
        <span className="rounded-base px-3.5 py-1.5 font-medium" style={{ background: colour, color: theme.onAccent }}>
          {words.previewButton}
        </span>
        <span style={{ color: colour }}>{words.previewLink}</span>
      </span>
    </div>
  );
};

const LogoChoice = ({ logo, onChange }: { readonly logo: string; readonly onChange: (logo: string) => void }) => {
  const picker = useRef<HTMLInputElement>(null);
  const choose = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    if (file.size > MOST_LOGO_BYTES || !["image/png", "image/svg+xml"].includes(file.type)) {
      toast({ title: words.logoBad, bad: true });
      return;
    }
    onChange(await asDataUrl(file));
  };
  return (
    <div className="flex flex-col gap-1.5">
      <span className="font-medium text-ink">{words.logo}</span>
      <input
        ref={picker}
        type="file"
        hidden
        aria-label={words.logo}
        accept="image/png,image/svg+xml"
        onChange={(event) => {
          void choose(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
      <span className="flex flex-wrap gap-2">
        <Button
          onClick={() => {
            picker.current?.click();
          }}
        >
          {words.logoChoose}
        </Button>
        {logo !== "" && (
          <Button
            kind="quiet"
            onClick={() => {
              onChange("");
            }}
          >
            {words.logoRemove}
          </Button>
        )}
      </span>
      <span className="text-small text-ink-3">{words.logoHint}</span>
    </div>
  );
};

export interface LooksProps {
  readonly form: Form;
  readonly problems: Problems;
  readonly onChange: (change: Partial<Form>) => void;
}

export const Looks = ({ form, problems, onChange }: LooksProps) => (
  <Section title={words.brand} description={words.brandText}>
    <Card className="grid gap-6 md:grid-cols-2">
      <div className="flex flex-col gap-4">
        {THEMES.map((theme) => (
          <div key={theme.field} className="flex flex-col gap-1">
            <TextField
              mono
              label={words[theme.field]}
              hint={words.colourHint}
              error={problems[theme.field]}
              value={form[theme.field]}
              placeholder={theme.own}
              onChange={(event) => {
                onChange({ [theme.field]: event.currentTarget.value });
              }}
            />
            <Contrast colour={form[theme.field]} theme={theme} />
          </div>
        ))}
        <LogoChoice
          logo={form.logo}
          onChange={(logo) => {
            onChange({ logo });
          }}
        />
      </div>
      <figure aria-label={words.preview} className="flex flex-col gap-4">
        {THEMES.map((theme) => (
          <Preview key={theme.field} form={form} theme={theme} />
        ))}
      </figure>
    </Card>
  </Section>
);

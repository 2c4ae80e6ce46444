/** The measured matrix of one model: what of each dialect arrives, and what becomes of the rest. */
import { Check, CircleSlash, Info, Minus, X, type LucideIcon } from "lucide-react";
import { useState } from "react";

import type { ModelPage } from "../../../api/public.ts";
import { plainWords } from "../../../format/names.ts";
import { classes } from "../../../ui/classes.ts";
import { Card, Section } from "../../../ui/page.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { DIALECTS, words } from "./words.ts";

type Dialect = ModelPage["dialects"][number];
type Fates = NonNullable<Dialect["requests"]>;
type Fate = keyof typeof words.fates;

const FATES: readonly Fate[] = ["carried", "named", "refused", "absent", "idle"];

const SIGNS = {
  carried: Check,
  named: Info,
  refused: X,
  idle: Minus,
  absent: CircleSlash,
} as const satisfies Record<Fate, LucideIcon>;

const COLOURS = {
  carried: "text-good",
  named: "text-warn",
  refused: "text-bad",
  idle: "text-ink-3",
  absent: "text-ink-3",
} as const satisfies Record<Fate, string>;

const Side = ({ title, fates }: { readonly title: string; readonly fates: Fates | null }) => (
  <div className="min-w-0">
    <h3 className="mb-3 font-medium text-ink">{title}</h3>
    {fates === null ? (
      <p className="text-ink-3">{words.unmeasured}</p>
    ) : (
      <div className="flex flex-col gap-5">
        {FATES.map((fate) => {
          const features = fates[fate];
          if (features === undefined || features.length === 0) return null;
          const Sign = SIGNS[fate];
          return (
            <div key={fate}>
              <div className={classes("mb-1.5 flex items-center gap-1.5 text-small font-medium", COLOURS[fate])}>
                <Sign aria-hidden className="size-3.5" />
                {words.fates[fate]}
                <span className="figures font-normal text-ink-3">{features.length}</span>
              </div>
              <ul className="flex flex-wrap gap-1.5">
                {features.map((feature) => (
                  <li key={feature} className="rounded-small bg-sunken px-1.5 py-px text-small text-ink-2">
                    {plainWords(feature)}
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
      </div>
    )}
  </div>
);

export const Fidelity = ({ dialects }: { readonly dialects: readonly Dialect[] }) => {
  const [chosen, setChosen] = useState<Dialect["dialect"]>(dialects[0]?.dialect ?? "chat");
  if (dialects.length === 0) return null;
  return (
    <Section title={words.fidelity} description={words.fidelityText}>
      <Card>
        <Tabs
          label={words.dialect}
          value={chosen}
          onChange={setChosen}
          tabs={dialects.map(({ dialect, route, requests, replies }) => ({
            value: dialect,
            label: DIALECTS[dialect],
            content: (
              <div className="flex flex-col gap-6">
                <code className="font-mono text-small text-ink-3">POST {route}</code>
                <div className="grid gap-8 md:grid-cols-2">
                  <Side title={words.requests} fates={requests} />
                  <Side title={words.replies} fates={replies} />
                </div>
              </div>
            ),
          }))}
        />
      </Card>
    </Section>
  );
};

/** Whole tables as files, by a span of days. */
import { useState } from "react";

import { DownloadButton } from "../../../ui/download.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Card, Page } from "../../../ui/page.tsx";
import { words } from "./words.ts";

const FILES = ["requests", "transfers", "accounts", "prices"] as const satisfies readonly (keyof typeof words.files)[];

/** The reader's midnight at the begin of a day, or of the next one; undefined for what is no day. */
const midnight = (day: string, next: boolean): number | undefined => {
  const date = new Date(`${day}T00:00:00`);
  if (day === "" || Number.isNaN(date.getTime()) || date.getTime() < 0) return undefined;
  // Days have 23 to 25 hours.
  if (next) date.setDate(date.getDate() + 1);
  return date.getTime();
};

const addressOf = (file: (typeof FILES)[number], from: string, to: string): string => {
  const query = new URLSearchParams();
  const [fromAt, toAt] = [midnight(from, false), midnight(to, true)];
  if (fromAt !== undefined) query.set("fromAt", String(fromAt));
  if (toAt !== undefined) query.set("toAt", String(toAt));
  return `/console/api/admin/exports/${file}?${query.toString()}`;
};

export const ExportsPage = () => {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const isWrong = from !== "" && to !== "" && to < from;
  return (
    <Page title={words.title} description={words.description}>
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap items-start gap-3">
          <TextField
            label={words.from}
            type="date"
            value={from}
            className="w-44"
            onChange={(event) => {
              setFrom(event.currentTarget.value);
            }}
          />
          <TextField
            label={words.to}
            type="date"
            value={to}
            error={isWrong ? words.wrong : undefined}
            className="w-44"
            onChange={(event) => {
              setTo(event.currentTarget.value);
            }}
          />
        </div>
        <p className="text-small text-ink-3">{words.spanText}</p>
      </div>
      <ul className="grid gap-4 md:grid-cols-2">
        {FILES.map((file) => (
          <li key={file}>
            <Card className="flex h-full flex-col items-start justify-between gap-4">
              <div>
                <h2 className="font-medium text-ink">{words.files[file][0]}</h2>
                <p className="mt-1 text-ink-2">{words.files[file][1]}</p>
              </div>
              <DownloadButton href={addressOf(file, from, to)} label={words.download} size="small" />
            </Card>
          </li>
        ))}
      </ul>
      <p className="text-small text-ink-3">{words.recorded}</p>
    </Page>
  );
};

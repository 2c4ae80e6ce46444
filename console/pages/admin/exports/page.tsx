/** Whole tables as files, by a span of days. */
import { useState } from "react";

import { midnight } from "../../../format/time.ts";
import { DownloadButton } from "../../../ui/download.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Card, Page } from "../../../ui/page.tsx";
import { words } from "./words.ts";

const FILES = ["requests", "transfers", "accounts", "prices"] as const satisfies readonly (keyof typeof words.files)[];

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
              <DownloadButton
                act="GET /console/api/admin/exports/accounts"
                href={addressOf(file, from, to)}
                label={words.download}
                size="small"
              />
            </Card>
          </li>
        ))}
      </ul>
      <p className="text-small text-ink-3">{words.recorded}</p>
    </Page>
  );
};

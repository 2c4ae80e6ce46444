/** One turn as it is read: who, what, and for the model's what it cost. Text of models is shown as text, never as HTML. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { count, duration } from "../../../format/number.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Money } from "../../../ui/exact.tsx";
import { TextArea } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/page.tsx";
import type { ModelTurn, ToolCall, Turn } from "./conversation.ts";
import { words } from "./words.ts";

const Images = ({ images, alt }: { readonly images: readonly string[]; readonly alt: string }) =>
  images.length === 0 ? null : (
    <div className="flex flex-wrap gap-2">
      {images.map((url) => (
        <img key={url} src={url} alt={alt} className="max-h-72 max-w-full rounded-base border border-line" />
      ))}
    </div>
  );

const Call = ({ name, arguments: text }: ToolCall) => (
  <div className="rounded-base border border-line bg-sunken px-3 py-2">
    <div className="text-small font-medium text-ink-2">{words.calls(name)}</div>
    <pre className="mt-1 overflow-x-auto font-mono text-small whitespace-pre-wrap text-ink">{text}</pre>
  </div>
);

const Thinking = ({ text, open }: { readonly text: string; readonly open: boolean }) => (
  <details open={open} className="border-l-2 border-line-strong pl-3 text-ink-3">
    <summary className="text-small font-medium">{words.thinking}</summary>
    <p className="mt-1 whitespace-pre-wrap">{text}</p>
  </details>
);

/** The line below a reply: what it used and cost, and the way to its charge. */
const Foot = ({
  turn,
  account,
  about,
}: {
  readonly turn: ModelTurn;
  readonly account: string;
  readonly about: string;
}) => {
  const { bill, state, requestId, isSandbox, firstWordMs } = turn;
  return (
    <div className="figures flex flex-wrap items-center gap-x-3 gap-y-1 text-small text-ink-3">
      <span>{turn.model}</span>
      {bill === null && state === "running" && (
        <span>
          {words.soFar} <Money nano={about} />
        </span>
      )}
      {bill !== null && (
        <>
          <Money nano={bill.nano} className="font-medium text-ink" />
          <span>{words.usage(count(bill.inputTokens), count(bill.outputTokens))}</span>
        </>
      )}
      {firstWordMs !== null && <span>{words.firstWord(duration(firstWordMs))}</span>}
      {isSandbox && <Badge>{words.sandbox}</Badge>}
      {requestId !== null && state !== "running" && (
        <Link
          to="/app/$account/usage"
          params={{ account }}
          search={{ request: requestId }}
          className="rounded-small text-accent hover:underline"
        >
          {words.opens}
        </Link>
      )}
      {bill !== null && bill.dropped.length > 0 && (
        <span className="text-warn">
          {words.dropped}: {bill.dropped.join(", ")}
        </span>
      )}
    </div>
  );
};

const Reply = ({
  turn,
  account,
  about,
}: {
  readonly turn: ModelTurn;
  readonly account: string;
  readonly about: string;
}) => (
  <div className="flex min-w-0 flex-col gap-2.5">
    {turn.thinking !== "" && <Thinking text={turn.thinking} open={turn.state === "running" && turn.text === ""} />}
    {turn.text !== "" && <div className="break-words whitespace-pre-wrap text-ink">{turn.text}</div>}
    {turn.state === "running" && turn.text === "" && turn.thinking === "" && (
      <div aria-hidden className="breathes h-5 w-24 rounded-small bg-sunken" />
    )}
    <Images images={turn.images} alt={words.images} />
    {turn.calls.map((one) => (
      <Call key={one.id} {...one} />
    ))}
    {turn.state === "failed" && (
      <Notice tone="bad" title={words.failed}>
        {turn.problem}
      </Notice>
    )}
    {turn.state === "stopped" && <p className="text-ink-3">{words.stopped}</p>}
    <Foot turn={turn} account={account} about={about} />
  </div>
);

export interface TurnProps {
  readonly turn: Turn;
  readonly account: string;
  /** Nano-USD of a reply that is still running, estimated by its length. */
  readonly about: string;
}

export const TurnView = ({ turn, account, about }: TurnProps) => {
  if (turn.role === "assistant") return <Reply turn={turn} account={account} about={about} />;
  return (
    <div className="ml-auto flex max-w-[85%] flex-col gap-2 rounded-large bg-sunken px-4 py-3">
      {turn.role === "tool" && (
        <div className="text-small font-medium text-ink-3">{`${words.toolResult}: ${turn.name}`}</div>
      )}
      {turn.text !== "" && <div className="break-words whitespace-pre-wrap text-ink">{turn.text}</div>}
      {turn.role === "user" && <Images images={turn.images} alt={words.images} />}
    </div>
  );
};

/** A tool was called, and here nobody but the reader can answer. */
export const ToolAnswer = ({
  call,
  onAnswer,
}: {
  readonly call: ToolCall;
  readonly onAnswer: (text: string) => void;
}) => {
  const [text, setText] = useState("");
  return (
    <form
      className="flex flex-col gap-2 rounded-large border border-line bg-surface p-4"
      onSubmit={(event) => {
        event.preventDefault();
        onAnswer(text);
      }}
    >
      <TextArea
        label={words.answerTool(call.name)}
        mono
        rows={3}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
        }}
      />
      <Button type="submit" kind="primary" className="self-end">
        {words.answerToolSend}
      </Button>
    </form>
  );
};

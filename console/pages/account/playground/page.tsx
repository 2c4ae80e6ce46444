/** The playground: any model that can be talked to, with what it costs shown while it speaks. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Code as CodeSign, SlidersHorizontal, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { modelsQuery, type ModelLine } from "../../../api/public.ts";
import { moneyShort } from "../../../format/money.ts";
import { mainRates, rateOf } from "../../../layout/rates.tsx";
import { useMoneyUnit } from "../../../layout/storefront.tsx";
import { Allowed } from "../../../ui/allowed.tsx";
import { Button } from "../../../ui/button.tsx";
import { Combobox } from "../../../ui/combobox.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Card, Notice, Page } from "../../../ui/page.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { CodeDialog } from "./code.tsx";
import { Composer } from "./composer.tsx";
import { bodyOf, openCalls, type Options, type ToolCall, type Turn } from "./conversation.ts";
import { OptionsForm } from "./options.tsx";
import { ToolAnswer, TurnView } from "./turn.tsx";
import { useConversation } from "./use-conversation.ts";
import { words } from "./words.ts";

const route = getRouteApi("/app/$account/playground");

/** Models that hold a conversation; some of those that draw do. */
const talkedTo = (models: readonly ModelLine[]): readonly ModelLine[] =>
  models.filter(({ kind, output }) => kind === "chat" || (kind === "image" && output.includes("text")));

/** The model in the address, else the sandbox's, which costs the operator nothing. */
const chosen = (models: readonly ModelLine[], id: string | undefined): ModelLine | undefined =>
  models.find((model) => model.id === id) ?? models.find((model) => model.id === "sandbox/echo") ?? models[0];

const START: Omit<Options, "model"> = {
  system: "",
  temperature: "",
  maxTokens: "",
  effort: "",
  stream: true,
  strict: false,
  tools: "",
};

/** Characters of a token, roughly: only for what is shown while a reply runs. */
const CHARS_OF_TOKEN = 4;
const MILLION = 1_000_000n;

/** Nano-USD of what has been said so far, by its length. */
const aboutOf = (turn: Turn, model: ModelLine | undefined): string => {
  if (turn.role !== "assistant" || model === undefined) return "0";
  const tokens = BigInt(Math.ceil((turn.text.length + turn.thinking.length) / CHARS_OF_TOKEN));
  return ((tokens * BigInt(rateOf(model.rates, "output")?.nano ?? "0")) / MILLION).toString();
};

const totalOf = (turns: readonly Turn[]): string =>
  turns.reduce((sum, turn) => sum + (turn.role === "assistant" ? BigInt(turn.bill?.nano ?? "0") : 0n), 0n).toString();

const Suggestions = ({ onChoose }: { readonly onChoose: (text: string) => void }) => (
  <div className="m-auto flex max-w-md flex-col gap-3 py-10 text-center">
    <div className="font-medium text-ink">{words.emptyTitle}</div>
    <p className="text-ink-2">{words.emptyText}</p>
    <div className="flex flex-col gap-2">
      {words.suggestions.map((text) => (
        <Button
          key={text}
          onClick={() => {
            onChoose(text);
          }}
          className="!h-auto py-2 !whitespace-normal"
        >
          {text}
        </Button>
      ))}
    </div>
  </div>
);

const ModelChoice = ({
  models,
  model,
  onChange,
}: {
  readonly models: readonly ModelLine[];
  readonly model: string;
  readonly onChange: (id: string) => void;
}) => {
  const unit = useMoneyUnit();
  return (
    <Combobox
      label={words.model}
      value={model}
      none={words.noModel}
      options={models.map(({ id, rates }) => ({
        value: id,
        label: id,
        note: mainRates(rates)
          .map(({ nano }) => moneyShort(nano, unit))
          .join(" / "),
      }))}
      onChange={onChange}
      className="flex-1"
    />
  );
};

/** Scrolls along with what is said, unless the reader has scrolled away. */
const useFollow = () => {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (distance < 160) element.scrollTop = element.scrollHeight;
  });
  return box;
};

interface LogProps {
  readonly turns: readonly Turn[];
  readonly account: string;
  readonly model: ModelLine | undefined;
  readonly onSuggest: (text: string) => void;
  readonly onAnswer: (call: ToolCall, text: string) => void;
}

/** What was said; below it the calls of tools that wait for an answer. */
const Log = ({ turns, account, model, onSuggest, onAnswer }: LogProps) => {
  const box = useFollow();
  return (
    <div
      ref={box}
      tabIndex={0}
      role="log"
      aria-label={words.title}
      className="flex min-h-0 flex-1 flex-col gap-6 overflow-y-auto rounded-large border border-line bg-surface p-5"
    >
      {turns.length === 0 ? (
        <Suggestions onChoose={onSuggest} />
      ) : (
        turns.map((turn, index) => <TurnView key={index} turn={turn} account={account} about={aboutOf(turn, model)} />)
      )}
      {openCalls(turns).map((one) => (
        <ToolAnswer
          key={one.id}
          call={one}
          onAnswer={(text) => {
            onAnswer(one, text);
          }}
        />
      ))}
    </div>
  );
};

interface HeadProps {
  readonly isEmpty: boolean;
  readonly onCode: () => void;
  readonly onClear: () => void;
}

const Acts = ({ isEmpty, onCode, onClear }: HeadProps) => (
  <>
    <Button icon={<CodeSign aria-hidden className="size-4" />} disabled={isEmpty} onClick={onCode}>
      {words.asCode}
    </Button>
    <Button icon={<Trash2 aria-hidden className="size-4" />} disabled={isEmpty} onClick={onClear}>
      {words.clear}
    </Button>
  </>
);

const Total = ({ turns }: { readonly turns: readonly Turn[] }) =>
  turns.length === 0 ? null : (
    <div className="flex items-baseline justify-between text-small text-ink-3">
      <span>{words.total}</span>
      <Money nano={totalOf(turns)} className="text-base font-medium text-ink" />
    </div>
  );

const Playground = () => {
  const { account } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  const models = useQuery(modelsQuery);
  const [options, setOptions] = useState(START);
  const [sheet, setSheet] = useState<"options" | "code" | null>(null);
  const { turns, isRunning, say, stop, clear } = useConversation(account);
  const talked = talkedTo(models.data ?? []);
  const model = chosen(talked, search.model);
  const all: Options = { ...options, model: model?.id ?? "" };
  const calls = openCalls(turns);
  const change = (part: Partial<Options>): void => {
    setOptions({ ...options, ...part });
  };
  const send = (text: string, images: readonly string[] = []): void => {
    say({ role: "user", text, images }, all, true);
  };
  const close = (): void => {
    setSheet(null);
  };
  if (models.error !== null) return <Failed error={models.error} retry={() => void models.refetch()} />;
  return (
    <Page
      title={words.title}
      description={words.description}
      actions={
        <Acts
          isEmpty={turns.length === 0}
          onCode={() => {
            setSheet("code");
          }}
          onClear={clear}
        />
      }
    >
      <div className="grid items-start gap-6 lg:grid-cols-[1fr_18rem]">
        <div className="flex h-[calc(100dvh-17rem)] min-h-96 min-w-0 flex-col gap-4 lg:h-[calc(100dvh-14rem)]">
          <div className="flex items-center gap-2">
            <ModelChoice
              models={talked}
              model={all.model}
              onChange={(id) =>
                void navigate({
                  to: "/app/$account/playground",
                  params: { account },
                  search: { model: id },
                  replace: true,
                })
              }
            />
            <Button
              className="lg:hidden"
              icon={<SlidersHorizontal aria-hidden className="size-4" />}
              onClick={() => {
                setSheet("options");
              }}
            >
              {words.options}
            </Button>
          </div>
          <Log
            turns={turns}
            account={account}
            model={model}
            onSuggest={send}
            onAnswer={(one, text) => {
              say({ role: "tool", callId: one.id, name: one.name, text }, all, calls.length === 1);
            }}
          />
          <Total turns={turns} />
          <Composer
            isRunning={isRunning}
            disabled={calls.length > 0 || model === undefined}
            takesImages={model?.input.includes("image") === true}
            onSend={send}
            onStop={stop}
          />
        </div>
        <Card className="max-lg:hidden">
          <OptionsForm options={all} onChange={change} />
        </Card>
      </div>
      <Sheet open={sheet === "options"} onClose={close} title={words.options}>
        <OptionsForm options={all} onChange={change} />
      </Sheet>
      <CodeDialog open={sheet === "code"} onClose={close} body={bodyOf(turns, all)} />
    </Page>
  );
};

/** A conversation is charged: who may only look is told so. */
export const PlaygroundPage = () => (
  <Allowed
    act="POST /console/api/accounts/{account}/playground-key"
    otherwise={
      <Page title={words.title} description={words.description}>
        <Notice>{words.readOnly}</Notice>
      </Page>
    }
  >
    <Playground />
  </Allowed>
);

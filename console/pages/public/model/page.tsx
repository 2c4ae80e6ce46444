/** One model: what it costs, how it is called, what it can, and what of each dialect reaches it. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";

import { ApiError } from "../../../api/client.ts";
import { meQuery } from "../../../api/me.ts";
import { modelQuery, type ModelPage as Model } from "../../../api/public.ts";
import { kindName, plainWords, providerName } from "../../../format/names.ts";
import { count, countShort } from "../../../format/number.ts";
import { useStorefront } from "../../../layout/storefront.tsx";
import { languages, other } from "../../../snippets/call.ts";
import { Badge } from "../../../ui/badge.tsx";
import { ButtonLink } from "../../../ui/button.tsx";
import { CodeTabs } from "../../../ui/code.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Exact } from "../../../ui/exact.tsx";
import { Card, Facts, Notice, Section } from "../../../ui/page.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { Fidelity } from "./fidelity.tsx";
import { Prices } from "./prices.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/public/models/$");

const Tokens = ({ value }: { readonly value: number | null }) =>
  value === null ? (
    <>—</>
  ) : (
    <Exact exact={`${count(value)} ${words.tokens}`}>
      {countShort(value)} {words.tokens}
    </Exact>
  );

const limitsOf = ({ rpm, tpm, concurrency }: Model["limits"]): string => {
  const parts = [
    rpm === null ? null : words.rpm(count(rpm)),
    tpm === null ? null : words.tpm(countShort(tpm)),
    concurrency === null ? null : words.concurrency(count(concurrency)),
  ].filter((part) => part !== null);
  return parts.length === 0 ? words.noLimits : parts.join(", ");
};

const About = ({ model }: { readonly model: Model }) => (
  <Section title={words.facts}>
    <Card className="flex flex-col gap-5">
      <Facts
        facts={[
          [words.context, <Tokens key="context" value={model.context} />],
          [words.maxOutput, <Tokens key="output" value={model.maxOutput} />],
          [words.takes, model.input.map(plainWords).join(", ")],
          [words.makes, model.output.map(plainWords).join(", ")],
          ...(model.aliases.length === 0 ? [] : ([[words.aliases, model.aliases.join(", ")]] as const)),
          [words.limits, limitsOf(model.limits)],
        ]}
      />
      {model.capabilities.length > 0 && (
        <div className="flex flex-wrap gap-1.5 border-t border-line pt-4">
          {model.capabilities.map((name) => (
            <Badge key={name}>{plainWords(name)}</Badge>
          ))}
        </div>
      )}
    </Card>
  </Section>
);

const Call = ({ model }: { readonly model: Model }) => {
  const { baseUrls, keyPrefix } = useStorefront();
  const order = { baseUrls, key: `${keyPrefix}…`, model: model.id };
  return (
    <Section title={words.code}>
      <CodeTabs
        name="language"
        label={words.code}
        tabs={model.kind === "chat" ? languages(order) : other(order, model.kind)}
      />
    </Section>
  );
};

const Head = ({ model }: { readonly model: Model }) => {
  const { data: me } = useQuery(meQuery);
  const account = me?.accounts[0]?.id;
  return (
    <header className="flex flex-wrap items-end justify-between gap-4">
      <div className="min-w-0">
        <h1 className="flex min-w-0 items-center gap-2 text-title font-medium text-ink">
          <span className="break-all">{model.id}</span>
          <CopyButton text={model.id} what="model id" />
        </h1>
        <p className="mt-1 flex items-center gap-2 text-ink-2">
          {words.madeBy(providerName(model.provider), kindName(model.kind))}
          {model.status !== "live" && <Badge tone="warn">{model.status}</Badge>}
        </p>
      </div>
      {account === undefined ? (
        <ButtonLink to="/sign-in" search={{ from: `/models/${model.id}` }}>
          {words.signIn}
        </ButtonLink>
      ) : (
        <ButtonLink kind="primary" to="/app/$account/playground" params={{ account }} search={{ model: model.id }}>
          {words.tryIt}
        </ButtonLink>
      )}
    </header>
  );
};

const Whole = ({ model }: { readonly model: Model }) => (
  <>
    <Head model={model} />
    {model.sandbox && model.provider !== "sandbox" && <Notice>{words.sandbox}</Notice>}
    <div className="grid gap-8 lg:grid-cols-[1fr_1.15fr]">
      <About model={model} />
      <Call model={model} />
    </div>
    <Prices model={model} />
    <Fidelity dialects={model.dialects} />
  </>
);

const Coming = () => (
  <>
    <Skeleton className="h-14 w-80" />
    <div className="grid gap-8 lg:grid-cols-[1fr_1.15fr]">
      <Skeleton className="h-72" />
      <Skeleton className="h-72" />
    </div>
    <Skeleton className="h-80" />
  </>
);

export const ModelPage = () => {
  const { _splat: id = "" } = route.useParams();
  const model = useQuery(modelQuery(id));
  const isMissing = model.error instanceof ApiError && model.error.status === 404;
  return (
    <div className="flex flex-col gap-8">
      <Link
        to="/models"
        className="inline-flex items-center gap-1.5 self-start rounded-small text-ink-2 hover:text-ink"
      >
        <ArrowLeft aria-hidden className="size-4" />
        {words.back}
      </Link>
      {isMissing && (
        <Empty title={words.missing} action={<ButtonLink to="/models">{words.back}</ButtonLink>}>
          {words.missingText}
        </Empty>
      )}
      {model.error !== null && !isMissing && <Failed error={model.error} retry={() => void model.refetch()} />}
      {model.error === null && (model.data === undefined ? <Coming /> : <Whole model={model.data} />)}
    </div>
  );
};

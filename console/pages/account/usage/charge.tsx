/** One request and its charge: the calculation as a person would do it on paper, to the last nano-dollar, then the facts. */
import { Link2 } from "lucide-react";
import type { ReactNode } from "react";

import type { Charge, ChargeLine } from "../../../api/usage.ts";
import { femtoExactly, moneyExactly } from "../../../format/money.ts";
import { plainWords, unitName } from "../../../format/names.ts";
import { count, duration } from "../../../format/number.ts";
import { outcomeWords, protocolName, sourceWords } from "../../../format/outcomes.ts";
import { moment } from "../../../format/time.ts";
import { useMoneyUnit } from "../../../layout/storefront.tsx";
import { Button } from "../../../ui/button.tsx";
import { classes } from "../../../ui/classes.ts";
import { copyText, Id } from "../../../ui/copy.tsx";
import { Money, Time } from "../../../ui/exact.tsx";
import { Facts, Notice, Section } from "../../../ui/page.tsx";
import { toast } from "../../../ui/toast.tsx";
import { OutcomeBadge } from "./cells.tsx";
import { chargeWords as words } from "./words.ts";

const MILLION = 1_000_000;

/** The price of what a line counts: nano-USD of a million are femto-USD of one. */
const priceOf = ({ per, millionNano }: ChargeLine): string =>
  per === MILLION
    ? `${moneyExactly(millionNano)} ${words.perMillion}`
    : `${femtoExactly(millionNano)} ${words.perPiece}`;

const CELL = "py-2 align-baseline";

const Line = ({ line }: { readonly line: ChargeLine }) => (
  <tr className="border-t border-line">
    <th scope="row" className={classes(CELL, "pr-3 text-left font-normal text-ink")}>
      {unitName(line.unit)}
    </th>
    <td className={classes(CELL, "pr-3 text-right text-ink-2")}>
      <span className="whitespace-nowrap">{count(line.count)} ×</span>{" "}
      <span className="whitespace-nowrap">{priceOf(line)}</span>
    </td>
    <td className={classes(CELL, "text-right whitespace-nowrap text-ink")}>{femtoExactly(line.amountFemto)}</td>
  </tr>
);

interface StepProps {
  readonly name: string;
  readonly how?: string;
  readonly amount: string;
  readonly strong?: boolean;
}

const Step = ({ name, how, amount, strong = false }: StepProps) => (
  <tr className={classes("border-t", strong ? "border-line-strong font-medium text-ink" : "border-line text-ink-2")}>
    <th scope="row" colSpan={2} className={classes(CELL, "pr-3 text-left font-normal", strong && "font-medium")}>
      {name}
      {how !== undefined && <span className="text-ink-3"> {how}</span>}
    </th>
    <td className={classes(CELL, "text-right whitespace-nowrap")}>{amount}</td>
  </tr>
);

/** From the sum of the lines to what was charged. A step that changes nothing is left out. */
const Steps = ({ charge }: { readonly charge: Charge }) => {
  const { multiplier, plan, price, exactNano, chargedNano, absorbedNano, refundedNano, refunds } = charge;
  const rounded = BigInt(chargedNano) + BigInt(absorbedNano);
  const isPlain = moneyExactly(exactNano) === femtoExactly(charge.sumFemto);
  return (
    <>
      <Step name={words.sum} amount={femtoExactly(charge.sumFemto)} />
      {multiplier.num !== multiplier.den && (
        <Step name={words.multiplier(plan)} how={`× ${multiplier.num}/${multiplier.den}`} amount="" />
      )}
      {!isPlain && <Step name={words.toNano} amount={moneyExactly(exactNano)} />}
      {price !== null && rounded !== BigInt(exactNano) && (
        <Step name={words.rounded(price.decimals)} amount={moneyExactly(rounded)} />
      )}
      {absorbedNano !== "0" && <Step name={words.absorbed} amount={`−${moneyExactly(absorbedNano)}`} />}
      <Step name={words.charged} amount={moneyExactly(chargedNano)} strong />
      {refunds.map(({ amountNano, reason, at }) => (
        <Step
          key={`${at} ${reason}`}
          name={words.refunded}
          how={`${reason}, ${moment(at)}`}
          amount={`−${moneyExactly(amountNano)}`}
        />
      ))}
      {refunds.length > 0 && (
        <Step name={words.paid} amount={moneyExactly(BigInt(chargedNano) - BigInt(refundedNano))} strong />
      )}
    </>
  );
};

const Calculation = ({ charge }: { readonly charge: Charge }) => {
  const { lines, price } = charge;
  const unit = useMoneyUnit();
  if (price === null) return <p className="text-ink-2">{words.nothingHeld}</p>;
  return (
    <>
      <table className="figures w-full border-collapse">
        <thead>
          <tr className="text-small text-ink-3">
            <th scope="col" className="pb-1.5 text-left font-medium">
              {words.unit}
            </th>
            <th scope="col" className="pr-3 pb-1.5 text-right font-medium">
              {words.calculated}
            </th>
            <th scope="col" className="pb-1.5 text-right font-medium">
              {words.amount}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.length === 0 && <Step name={words.nothingCounted} amount="" />}
          {lines.map((line) => (
            <Line key={line.unit} line={line} />
          ))}
          <Steps charge={charge} />
        </tbody>
      </table>
      {price.aboveTokens !== null && <p className="text-small text-ink-3">{words.tier(count(price.aboveTokens))}</p>}
      {unit.name !== "USD" && <p className="text-small text-ink-3">{words.inUsd}</p>}
    </>
  );
};

const resultWords = (result: string): string => (result === "ok" ? words.ok : plainWords(result));

const Attempts = ({ attempts }: Pick<Charge, "attempts">): ReactNode =>
  attempts.length === 0 ? (
    words.noAttempts
  ) : (
    <ol>
      {attempts.map(({ result, durationMs }, index) => (
        <li key={index}>{words.attempt(index + 1, resultWords(result), duration(durationMs))}</li>
      ))}
    </ol>
  );

/** Names are the client's own words, so they are shown as such. */
const Dropped = ({ names }: { readonly names: Charge["dropped"] }) => (
  <>
    <code className="font-mono text-small break-all">{names.join(", ")}</code>
    <span className="block text-small text-ink-3">{words.droppedText}</span>
  </>
);

const factsOf = (charge: Charge): readonly (readonly [string, ReactNode])[] => {
  const { request, price, attempts, dropped, usageInvalid } = charge;
  return [
    [words.id, <Id key="id" id={request.id} what="request id" />],
    [words.began, <Time key="began" at={request.at} full />],
    [words.took, duration(request.durationMs)],
    ...(request.firstByteMs === null ? [] : [[words.firstByte, duration(request.firstByteMs)] as const]),
    [words.status, request.status === 0 ? words.none : String(request.status)],
    [words.key, request.keyName],
    [words.protocol, `${protocolName(request.protocol)}${request.stream ? `, ${words.streamed}` : ""}`],
    [words.counted, `${sourceWords(request.source)}.${usageInvalid ? ` ${words.doubted}` : ""}`],
    [words.held, <Money key="held" nano={charge.heldNano} />],
    [words.attempts, <Attempts key="attempts" attempts={attempts} />],
    ...(dropped.length === 0 ? [] : [[words.dropped, <Dropped key="dropped" names={dropped} />] as const]),
    ...(price === null ? [] : [[words.price, words.priceSince(price.id, moment(price.sinceAt))] as const]),
  ];
};

/** Takes along an address that opens this request for everybody of the account. */
export const CopyLink = ({ account, request }: { readonly account: string; readonly request: string }) => (
  <Button
    size="small"
    icon={<Link2 aria-hidden className="size-3.5" />}
    onClick={() => {
      const address = `${location.origin}/app/${account}/usage?request=${request}`;
      void copyText(address, "the link").then((done) => {
        if (done) toast({ title: words.linkCopied });
      });
    }}
  >
    {words.copyLink}
  </Button>
);

export const ChargeView = ({ charge }: { readonly charge: Charge }) => {
  const { request, note } = charge;
  const { text } = outcomeWords(request.outcome);
  return (
    <>
      <div className="flex flex-wrap items-end justify-between gap-3">
        <Money nano={charge.chargedNano} className="text-title font-medium text-ink" />
        <OutcomeBadge outcome={request.outcome} />
      </div>
      <Notice>{note ?? text}</Notice>
      <Section title={words.calculation}>
        <Calculation charge={charge} />
      </Section>
      <Section title={words.request}>
        <Facts facts={factsOf(charge)} />
      </Section>
    </>
  );
};

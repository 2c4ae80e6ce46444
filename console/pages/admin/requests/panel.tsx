/** One request beside the list: what it was for us, each attempt, then the charge as its customer sees it. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { operatorChargeQuery, type OperatorCharge } from "../../../api/operate.ts";
import { duration } from "../../../format/number.ts";
import { plainWords } from "../../../format/names.ts";
import { momentExact } from "../../../format/time.ts";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Facts, Section } from "../../../ui/page.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { ChargeView } from "../../account/usage/charge.tsx";
import { RefundDialog } from "./refund.tsx";
import { words } from "./words.ts";

const Ours = ({ charge }: { readonly charge: OperatorCharge }) => {
  const { request, attempts, costNano, marginNano } = charge;
  return (
    <Section title={words.ours}>
      <Facts
        facts={[
          [
            words.who,
            <Link
              key="account"
              to="/admin/accounts/$account"
              params={{ account: request.account }}
              className="rounded-small font-medium underline"
            >
              {request.accountName}
            </Link>,
          ],
          [words.cost, <Money key="cost" nano={costNano} />],
          [
            words.margin,
            <Money key="margin" nano={marginNano} {...(marginNano.startsWith("-") && { className: "text-bad" })} />,
          ],
          ...attempts.map(
            ({ upstream, model, status, result, durationMs }, index) =>
              [
                words.attempt(index + 1),
                <span key={index}>
                  <span className="font-medium">{upstream}</span> <span className="text-ink-3">{model}</span>
                  <span className="block text-ink-2">
                    {words.attemptText(result === "ok" ? words.ok : plainWords(result), status)}, {duration(durationMs)}
                  </span>
                </span>,
              ] as const,
          ),
        ]}
      />
      {attempts.length === 0 && <p className="text-ink-2">{words.noAttempts}</p>}
    </Section>
  );
};

const Coming = () => (
  <>
    <Skeleton className="h-40 w-full" />
    <Skeleton className="h-72 w-full" />
  </>
);

export interface RequestPanelProps {
  /** Undefined: closed. */
  readonly request: string | undefined;
  readonly onClose: () => void;
}

export const RequestPanel = ({ request, onClose }: RequestPanelProps) => {
  const { data, error, refetch } = useQuery({ ...operatorChargeQuery(request ?? ""), enabled: request !== undefined });
  const [isRefunding, setRefunding] = useState(false);
  const charge = data?.request.id === request ? data : undefined;
  return (
    <>
      <Sheet
        open={request !== undefined}
        onClose={onClose}
        title={charge?.request.model ?? words.request}
        description={charge === undefined ? undefined : momentExact(charge.request.at)}
        actions={
          charge !== undefined &&
          charge.refundableNano !== "0" && (
            <Button
              act="POST /console/api/admin/requests/{request}/refund"
              onClick={() => {
                setRefunding(true);
              }}
            >
              {words.refund}
            </Button>
          )
        }
      >
        {error !== null && <Failed error={error} retry={() => void refetch()} />}
        {charge === undefined ? (
          error === null && <Coming />
        ) : (
          <>
            <Ours charge={charge} />
            <Section title={words.forCustomer}>
              <ChargeView charge={charge.charge} />
            </Section>
          </>
        )}
      </Sheet>
      {isRefunding && charge !== undefined && (
        <RefundDialog
          charge={charge}
          onClose={() => {
            setRefunding(false);
          }}
        />
      )}
    </>
  );
};

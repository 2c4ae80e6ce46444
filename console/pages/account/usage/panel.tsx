/** The panel beside the list that shows one request; its address opens it again. */
import { useQuery } from "@tanstack/react-query";

import { chargeQuery } from "../../../api/usage.ts";
import { momentExact } from "../../../format/time.ts";
import { Failed } from "../../../ui/empty.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { ChargeView, CopyLink } from "./charge.tsx";
import { chargeWords as words } from "./words.ts";

const Coming = () => (
  <>
    <Skeleton className="h-8.5 w-36" />
    <Skeleton className="h-12 w-full" />
    <Skeleton className="h-44 w-full" />
    <Skeleton className="h-72 w-full" />
  </>
);

const Content = ({ account, request }: { readonly account: string; readonly request: string }) => {
  const charge = useQuery(chargeQuery(account, request));
  if (charge.data !== undefined) return <ChargeView charge={charge.data} />;
  return charge.error === null ? <Coming /> : <Failed error={charge.error} retry={() => void charge.refetch()} />;
};

export interface PanelProps {
  readonly account: string;
  /** Undefined: closed. */
  readonly request: string | undefined;
  readonly onClose: () => void;
}

export const ChargePanel = ({ account, request, onClose }: PanelProps) => {
  const { data } = useQuery({ ...chargeQuery(account, request ?? ""), enabled: request !== undefined });
  return (
    <Sheet
      open={request !== undefined}
      onClose={onClose}
      title={data?.request.model ?? words.title}
      description={data === undefined ? undefined : momentExact(data.request.at)}
      actions={request === undefined ? undefined : <CopyLink account={account} request={request} />}
    >
      {request !== undefined && <Content account={account} request={request} />}
    </Sheet>
  );
};

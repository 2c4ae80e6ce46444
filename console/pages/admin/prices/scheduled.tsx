/** Prices that are published and wait for their moment; each can be taken back until then. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { scheduledQuery, withdrawPrices, type Scheduled } from "../../../api/operator.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Time } from "../../../ui/exact.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { useAct } from "../act.ts";
import { RateWords } from "./rate-words.tsx";
import { words } from "./words.ts";

export const ScheduledPrices = () => {
  const { data, error, refetch } = useQuery(scheduledQuery);
  const act = useAct();
  const [asked, setAsked] = useState<Scheduled | null>(null);
  const columns: readonly Column<Scheduled>[] = [
    { key: "from", title: words.from, cell: ({ fromAt }) => <Time at={fromAt} full /> },
    { key: "list", title: words.list, cell: ({ list }) => <span className="break-all">{list}</span> },
    { key: "price", title: words.price, cell: ({ rates }) => <RateWords rates={rates} /> },
    {
      key: "act",
      title: words.withdraw,
      silent: true,
      figures: true,
      cell: (row) => (
        <Button
          act="POST /console/api/admin/prices/withdraw"
          size="small"
          onClick={() => {
            setAsked(row);
          }}
        >
          {words.withdraw}
        </Button>
      ),
    },
  ];
  const withdraw = async (): Promise<void> => {
    if (asked !== null) await act.run(() => withdrawPrices([asked.row]), { title: words.withdrawn, loud: true });
    setAsked(null);
  };
  return (
    <>
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      <Table
        failed={error !== null}
        label={words.scheduled}
        columns={columns}
        rows={data}
        rowKey={({ row }) => String(row)}
        skeletonRows={3}
        empty={<Empty title={words.nothingScheduled}>{words.nothingScheduledText}</Empty>}
      />
      <Confirm
        open={asked !== null}
        onClose={() => {
          setAsked(null);
        }}
        onConfirm={() => void withdraw()}
        title={words.withdrawTitle}
        verb={words.withdraw}
        danger
        pending={act.pending}
      >
        {asked?.list}: {words.withdrawText}
      </Confirm>
    </>
  );
};

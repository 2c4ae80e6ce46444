/** Rows of the same kind: a sticky header, figures to the right, a row that opens, skeletons of the same size, keyset paging. */
import { useDeferredValue, useState, type ReactNode } from "react";

import { Button } from "./button.tsx";
import { classes } from "./classes.ts";
import { Skeleton } from "./skeleton.tsx";

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** Its title is read aloud and not shown: what stands below explains itself. */
  readonly silent?: boolean;
  readonly cell: (row: Row) => ReactNode;
  /** Amounts and counts. */
  readonly figures?: boolean;
  /** Left out on a telephone. */
  readonly wide?: boolean;
  readonly className?: string;
}

export interface TableProps<Row> {
  /** What is listed, read aloud. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** Undefined while they are being loaded. */
  readonly rows: readonly Row[] | undefined;
  readonly rowKey: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  readonly openKey?: string | undefined;
  /** Rows that have just come are shown by a passing tint. */
  readonly isNew?: (row: Row) => boolean;
  /** They could not be loaded, which is said beside the table: nothing is shown as if it were still coming. */
  readonly failed?: boolean;
  /** In place of rows when there are none. */
  readonly empty: ReactNode;
  /** Below the rows: sums, paging. */
  readonly footer?: ReactNode;
  readonly skeletonRows?: number;
}

const remembered = (): boolean => {
  try {
    return localStorage.getItem("farthing-compact") === "1";
  } catch {
    return false;
  }
};

/** Narrower rows, for who reads many; remembered. */
const useCompact = (): readonly [boolean, () => void] => {
  const [compact, setCompact] = useState(remembered);
  const toggle = (): void => {
    setCompact(!compact);
    try {
      localStorage.setItem("farthing-compact", compact ? "0" : "1");
    } catch {
      // Storage may be refused; then it holds until the page is left.
    }
  };
  return [compact, toggle];
};

/** The first and the last column that a telephone shows keep its text off the edges. */
const edgesOf = (columns: readonly Pick<Column<never>, "wide">[], at: number): string => {
  const isShown = ({ wide }: Pick<Column<never>, "wide">): boolean => wide !== true;
  return classes(
    at === columns.findIndex(isShown) && "max-md:pl-4",
    at === columns.findLastIndex(isShown) && "max-md:pr-4",
  );
};

const cellClass = (columns: readonly Omit<Column<never>, "cell">[], at: number, compact: boolean): string => {
  const column = columns[at];
  return classes(
    "px-2 first:pl-4 last:pr-4 sm:px-4 sm:first:pl-5 sm:last:pr-5",
    edgesOf(columns, at),
    compact ? "py-1.5" : "py-2.5",
    column?.figures === true ? "text-right whitespace-nowrap" : "text-left",
    column?.wide === true && "max-md:hidden",
    column?.className,
  );
};

/** Who has so few rows before them needs no narrower ones. */
const FEW_ROWS = 8;

interface FootProps {
  readonly isLong: boolean;
  readonly compact: boolean;
  readonly toggle: () => void;
  readonly children: ReactNode;
}

/** Sums and paging, and how narrow the rows are. A part of it may turn out to say nothing: an empty strip is worse than none. */
const Foot = ({ isLong, compact, toggle, children }: FootProps) => (
  <div
    className={classes(
      "flex items-center justify-between gap-4 border-t border-line px-4 py-2 text-small text-ink-3 sm:px-5",
      isLong ? "max-md:has-[>:first-child:empty]:hidden" : "has-[>:first-child:empty]:hidden",
    )}
  >
    <div className="min-w-0 flex-1">{children}</div>
    {isLong && (
      <button type="button" onClick={toggle} className="rounded-small hover:text-ink max-md:hidden">
        {compact ? "Roomy rows" : "Compact rows"}
      </button>
    )}
  </div>
);

interface RowsProps<Row> extends Pick<TableProps<Row>, "columns" | "rowKey" | "onOpen" | "openKey" | "isNew"> {
  readonly rows: readonly Row[];
  readonly compact: boolean;
}

/** Rows that a screen shows before one has scrolled. */
const FIRST_ROWS = 20;

/** A long list is there at once with what is seen of it; the rest follows without keeping anything else waiting. */
const Rows = <Row,>({ columns, rows, rowKey, onOpen, openKey, isNew, compact }: RowsProps<Row>) => {
  const shown = useDeferredValue(rows, rows.slice(0, FIRST_ROWS));
  return shown.map((row) => (
    <tr
      key={rowKey(row)}
      {...(onOpen !== undefined && {
        tabIndex: 0,
        onClick: () => {
          onOpen(row);
        },
        onKeyDown: (event) => {
          if (event.key === "Enter" && event.target === event.currentTarget) onOpen(row);
        },
      })}
      aria-selected={openKey === undefined ? undefined : openKey === rowKey(row)}
      className={classes(
        "border-b border-line last:border-0",
        onOpen !== undefined && "moves cursor-pointer hover:bg-sunken focus-visible:-outline-offset-2",
        openKey === rowKey(row) && "bg-accent-soft",
        isNew?.(row) === true && "arrives",
      )}
    >
      {columns.map((column, at) => (
        <td key={column.key} className={cellClass(columns, at, compact)}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  ));
};

export const Table = <Row,>(props: TableProps<Row>) => {
  const { label, columns, rows, empty, footer, failed = false, skeletonRows = 8 } = props;
  const [compact, toggle] = useCompact();
  if (rows === undefined && failed) return null;
  if (rows?.length === 0) return empty;
  const isLong = (rows?.length ?? skeletonRows) > FEW_ROWS;
  return (
    <div className="min-w-0 overflow-hidden rounded-large border border-line bg-surface">
      <div className="overflow-x-auto">
        <table aria-label={label} aria-busy={rows === undefined} className="w-full border-collapse">
          <thead>
            <tr>
              {columns.map((column, at) => (
                <th
                  key={column.key}
                  scope="col"
                  className={classes(
                    cellClass(columns, at, true),
                    "border-b border-line bg-surface text-small font-medium text-ink-3 max-md:whitespace-normal",
                  )}
                >
                  {column.silent === true ? <span className="sr-only">{column.title}</span> : column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows === undefined ? (
              Array.from({ length: skeletonRows }, (_, index) => (
                <tr key={index} className="border-b border-line last:border-0">
                  {columns.map((column, at) => (
                    <td key={column.key} className={cellClass(columns, at, compact)}>
                      <Skeleton className="h-5.5 w-full max-w-32" />
                    </td>
                  ))}
                </tr>
              ))
            ) : (
              <Rows {...props} rows={rows} compact={compact} />
            )}
          </tbody>
        </table>
      </div>
      <Foot isLong={isLong} compact={compact} toggle={toggle}>
        {footer}
      </Foot>
    </div>
  );
};

export interface PagerProps {
  readonly onNewer?: (() => void) | undefined;
  readonly onOlder?: (() => void) | undefined;
}

/** Steps through a long list by its keys; a step that is not there is not offered. */
export const Pager = ({ onNewer, onOlder }: PagerProps) => (
  <div className="flex gap-2">
    <Button size="small" disabled={onNewer === undefined} onClick={onNewer}>
      Newer
    </Button>
    <Button size="small" disabled={onOlder === undefined} onClick={onOlder}>
      Older
    </Button>
  </div>
);

/** Reads a list on, where there is more of it. */
import { Button } from "../../ui/button.tsx";

export interface MoreRowsProps {
  readonly list: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => Promise<unknown>;
  };
  readonly label: string;
}

export const MoreRows = ({ list, label }: MoreRowsProps) =>
  list.hasNextPage && (
    <Button size="small" pending={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
      {label}
    </Button>
  );

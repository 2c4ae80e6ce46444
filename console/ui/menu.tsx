/** Acts on one thing, behind one sign. */
import { Menu as Base } from "@base-ui/react/menu";
import { Ellipsis } from "lucide-react";
import type { ReactElement, ReactNode } from "react";

import { useMay, type Act } from "../api/may.ts";
import { Button } from "./button.tsx";
import { classes } from "./classes.ts";

export interface MenuItem {
  readonly label: string;
  readonly icon?: ReactNode;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  /** What it does: who may not do that does not see it. */
  readonly act?: Act;
  readonly onSelect: () => void;
}

export interface MenuProps {
  /** What the acts are about, read aloud. */
  readonly label: string;
  readonly items: readonly MenuItem[];
  /** Another trigger than the three dots: one button element. */
  readonly trigger?: ReactElement<Record<string, unknown>>;
}

/** Nothing at all where nothing is left to choose. */
export const Menu = ({ label, items, trigger }: MenuProps) => {
  const may = useMay();
  const offered = items.filter(({ act }) => act === undefined || may(act));
  if (offered.length === 0) return null;
  return (
    <Base.Root>
      <Base.Trigger
        aria-label={label}
        render={
          trigger ?? (
            <Button kind="quiet" className="!h-8 w-8 !px-0">
              <Ellipsis aria-hidden className="size-4" />
            </Button>
          )
        }
      />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="end" className="z-50">
          <Base.Popup className="min-w-44 rounded-base border border-line-strong bg-surface p-1">
            {offered.map((item) => (
              <Base.Item
                key={item.label}
                disabled={item.disabled === true}
                onClick={item.onSelect}
                className={classes(
                  "flex cursor-pointer items-center gap-2.5 rounded-small px-2.5 py-1.5 data-[disabled]:opacity-50 data-[highlighted]:bg-sunken",
                  item.danger === true ? "text-bad" : "text-ink",
                )}
              >
                {item.icon}
                {item.label}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
};

/** Views of the same thing beside each other. */
import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

export interface Tab<T extends string> {
  readonly value: T;
  readonly label: ReactNode;
  readonly content: ReactNode;
}

export interface TabsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly tabs: readonly Tab<T>[];
  readonly onChange: (value: T) => void;
}

export const Tabs = <T extends string>({ label, value, tabs, onChange }: TabsProps<T>) => (
  <Base.Root
    value={value}
    onValueChange={(next: T) => {
      onChange(next);
    }}
  >
    <Base.List aria-label={label} className="relative flex gap-5 overflow-x-auto border-b border-line">
      {tabs.map((tab) => (
        <Base.Tab
          key={tab.value}
          value={tab.value}
          className="moves -mb-px border-b-2 border-transparent pt-1 pb-2 font-medium whitespace-nowrap text-ink-3 hover:text-ink data-[active]:border-accent data-[active]:text-ink"
        >
          {tab.label}
        </Base.Tab>
      ))}
    </Base.List>
    {tabs.map((tab) => (
      <Base.Panel key={tab.value} value={tab.value} className="pt-5">
        {tab.content}
      </Base.Panel>
    ))}
  </Base.Root>
);

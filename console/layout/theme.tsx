/** Light, dark, or as the system has it. */
import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";

import { IconButton } from "../ui/button.tsx";

const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const SIGNS = { system: Monitor, light: Sun, dark: Moon } as const satisfies Record<Theme, unknown>;
const WORDS = {
  system: "Theme: as the system. Switch to light",
  light: "Theme: light. Switch to dark",
  dark: "Theme: dark. Switch to the system's",
} as const satisfies Record<Theme, string>;

const chosen = (): Theme => THEMES.find((theme) => theme === document.documentElement.dataset["theme"]) ?? "system";

const choose = (theme: Theme): void => {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  try {
    if (theme === "system") localStorage.removeItem("farthing-theme");
    else localStorage.setItem("farthing-theme", theme);
  } catch {
    // Storage may be refused; then it holds until the page is left.
  }
};

export const ThemeSwitch = () => {
  const [theme, setTheme] = useState(chosen);
  const Sign = SIGNS[theme];
  return (
    <IconButton
      label={WORDS[theme]}
      onClick={() => {
        const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
        choose(next);
        setTheme(next);
      }}
    >
      <Sign aria-hidden className="size-4" />
    </IconButton>
  );
};

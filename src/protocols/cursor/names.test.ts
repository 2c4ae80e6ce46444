/** The names by which Cursor asks for models (protocols.md §5.1). */
import { describe, expect, it } from "vitest";

import { readName } from "./names.ts";

const KNOWN = new Set([
  "claude-opus-4-5",
  "claude-opus-4-8",
  "claude-sonnet-4",
  "claude-3-5-sonnet",
  "gpt-5.5",
  "gpt-5.1-codex-max",
  "sandbox/echo",
  "llama:high",
]);

describe("a name", () => {
  it.each<[string, string, string | undefined, readonly string[]]>([
    ["gpt-5.5", "gpt-5.5", undefined, []],
    ["gw/gpt-5.5", "gpt-5.5", undefined, []],
    ["gw/sandbox/echo", "sandbox/echo", undefined, []],
    ["openai:gpt-5.5", "gpt-5.5", undefined, []],
    ["gw/anthropic:claude-opus-4-8", "claude-opus-4-8", undefined, []],
    ["gw/gpt-5.5:high", "gpt-5.5", "high", []],
    ["gpt-5.5-low", "gpt-5.5", "low", []],
    ["gpt-5.5:xhigh", "gpt-5.5", "xhigh", []],
    ["gpt-5.5-high-fast", "gpt-5.5", "high", ["-fast"]],
    ["gpt-5.5-fast", "gpt-5.5", undefined, ["-fast"]],
    // An exact name wins over any suffix in it.
    ["gpt-5.1-codex-max", "gpt-5.1-codex-max", undefined, []],
    ["gpt-5.1-codex-max-high", "gpt-5.1-codex-max", "high", []],
    ["llama:high", "llama:high", undefined, []],
    ["claude-4.5-opus-high", "claude-opus-4-5", "high", []],
    ["claude-4.5-opus-high-thinking", "claude-opus-4-5", "high", []],
    ["claude-4.5-opus-thinking", "claude-opus-4-5", "medium", []],
    ["claude-opus-4.8", "claude-opus-4-8", undefined, []],
    ["claude-4-sonnet-thinking", "claude-sonnet-4", "medium", []],
    ["claude-3.5-sonnet", "claude-3-5-sonnet", undefined, []],
    ["claude-opus-4-8-max", "claude-opus-4-8", "max", []],
    // What nobody knows stays as it was sent, for the error.
    ["gw/nobody-high", "gw/nobody-high", undefined, []],
    ["-high", "-high", undefined, []],
    ["GPT-5.5", "GPT-5.5", undefined, []],
    ["gpt-5.5-high-high-high-high", "gpt-5.5-high-high-high-high", undefined, []],
  ])("%s", (sent, model, effort, idle) => {
    const read = readName(sent, (name) => KNOWN.has(name));
    expect([read.model, read.effort, read.idle]).toEqual([model, effort, idle]);
  });
});

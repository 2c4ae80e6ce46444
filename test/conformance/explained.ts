/** Recordings that cannot pass, each for a defect of its own. At most 1 % of the rows, and a row that passes must leave. */

type Run = "same" | "translated";

const TWO_REPLIES = "the recording holds the streams of two replies one after the other";

const ROWS: readonly { readonly file: string; readonly runs: readonly Run[]; readonly reason: string }[] = [
  {
    file: "anthropic/messages-stream-tool-call-parallel-text-anthropic-input-tokens-differ-claude-sonnet-4-5-20250929-b185.json",
    runs: ["same", "translated"],
    reason: TWO_REPLIES,
  },
  {
    file: "anthropic/messages-stream-tool-call-single-text-anthropic-input-in-block-start-claude-sonnet-4-5-20250929-e1e7.json",
    runs: ["same", "translated"],
    reason: TWO_REPLIES,
  },
  {
    file: "anthropic/messages-stream-tool-call-parallel-stream-thinking-anthropic-overlapping-blocks-claude-3-haiku-20240307-4ff7.json",
    runs: ["same", "translated"],
    reason: TWO_REPLIES,
  },
];

/** Why a recording is not expected to pass, or undefined. */
export const explained = (file: string, run: Run): string | undefined =>
  ROWS.find((row) => row.file === file && row.runs.includes(run))?.reason;

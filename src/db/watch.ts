/** Learning of changes that others made: a version that is polled, and may be looked at earlier when somebody says so. */

/** Longest wait for an answer before the database counts as away. */
const ANSWER_MS = 2_000;

/** What is told of changes. */
export interface Watcher {
  /** The version of which everything is known already; the present one when absent. */
  readonly since?: bigint;
  /** Called after a change, never while an earlier call runs. When it throws, it is called again at the next look. */
  readonly changed: () => Promise<void>;
  /** Something to log: `changed` threw. */
  readonly failed: (error: unknown) => void;
}

export interface Watch {
  /** Looks now instead of at the next poll. */
  readonly look: () => void;
  /** False when the last look found that the database does not answer, or has waited for the answer too long. */
  readonly isAnswered: () => boolean;
  /** Ends it, after the call of `changed` that is running. */
  readonly stop: () => Promise<void>;
}

/**
 * Calls `changed` whenever the version is not what it was. A version that cannot be read is looked at again at the next poll: who
 * needs the database notices by himself that it is away.
 */
export const watchVersion = async (
  version: () => Promise<bigint>,
  { since, changed, failed }: Watcher,
  pollMs: number,
): Promise<Watch> => {
  let seen: bigint | null = since ?? (await version());
  let running: Promise<void> | null = null;
  let again = false;
  let isStopped = false;
  let isAway = false;
  let askedAt: number | null = null;
  const round = async (): Promise<void> => {
    let now: bigint;
    askedAt = performance.now();
    try {
      now = await version();
    } catch {
      isAway = true;
      return;
    } finally {
      askedAt = null;
    }
    isAway = false;
    if (now === seen) return;
    seen = now;
    try {
      await changed();
    } catch (error) {
      seen = null; // Try again at the next look; until then the last good state serves.
      failed(error);
    }
  };
  const look = (): void => {
    again = running !== null;
    running ??= round().finally(() => {
      running = null;
      if (again && !isStopped) look();
    });
  };
  const timer = setInterval(() => {
    if (running === null) look();
  }, pollMs);
  timer.unref();
  return {
    look,
    isAnswered: () => !isAway && (askedAt === null || performance.now() - askedAt < ANSWER_MS),
    stop: async () => {
      clearInterval(timer);
      isStopped = true;
      await running;
    },
  };
};

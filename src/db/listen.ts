/** Hearing PostgreSQL's notifications on a connection of their own, connected again whenever it is lost. */
import pg from "pg";

/** Pause before the next try to connect. What happens meanwhile is found by the poll. */
const RETRY_MS = 1_000;

/**
 * Calls `heard` for each notification, and after each connect, since some may have been missed before it.
 * @returns what ends it.
 */
export const listen = (config: pg.ClientConfig, channel: string, heard: () => void): (() => Promise<void>) => {
  let current: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isEnded = false;
  const connect = (): void => {
    const client = new pg.Client(config);
    current = client;
    let isLost = false;
    const lost = (): void => {
      if (isLost) return;
      isLost = true;
      client.end().catch(() => undefined);
      if (isEnded) return;
      timer = setTimeout(connect, RETRY_MS);
      timer.unref();
    };
    client.on("error", lost);
    client.on("end", lost);
    client.on("notification", heard);
    client
      .connect()
      .then(() => client.query(`listen ${channel}`))
      .then(heard)
      .catch(lost);
  };
  connect();
  return async () => {
    isEnded = true;
    clearTimeout(timer);
    await current?.end().catch(() => undefined);
  };
};

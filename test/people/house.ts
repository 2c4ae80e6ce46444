/** A gateway whose mail arrives in a list instead of at a server: what its letters say can be followed. */
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

import { Browser } from "../../src/console/people/fixtures.ts";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../gateway.ts";

export const MASTER = "a-master-secret-of-tests-0123456789abcdef";
export const PASSWORD = "violet harbour stone 9";

interface Post {
  readonly url: string;
  /** Whole messages, headers and all, as they came. */
  readonly letters: string[];
  close(): void;
}

/** The least of an SMTP server: says yes to everything and keeps the messages. */
const startPost = async (): Promise<Post> => {
  const letters: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    let isData = false;
    let held = "";
    socket.on("error", () => undefined);
    socket.write("220 test\r\n");
    socket.on("data", (chunk: Buffer) => {
      held += chunk.toString();
      for (;;) {
        const end = held.indexOf(isData ? "\r\n.\r\n" : "\r\n");
        if (end < 0) return;
        const line = held.slice(0, end);
        held = held.slice(end + (isData ? 5 : 2));
        if (isData) letters.push(line);
        const isQuit = line.startsWith("QUIT");
        socket.write(line.startsWith("DATA") && !isData ? "354 go\r\n" : `250 ok\r\n`);
        isData = line.startsWith("DATA") && !isData;
        if (isQuit) socket.end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    letters,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

/** Hashes that cost nothing: what they cost is another test's business. */
const CHEAP = { memoryKib: 64, passes: 1, lanes: 1 } as const;

export interface House {
  readonly gateway: TestGateway;
  readonly letters: readonly string[];
  browser(): Browser;
  /** The next letter to an address whose subject or text holds a word; its transfer encoding taken off. */
  letterTo(email: string, word: string): Promise<string>;
  close(): Promise<void>;
}

const plain = (letter: string): string => letter.replaceAll("=\r\n", "").replaceAll("=3D", "=");

const WAIT_MS = 10_000;

export const startHouse = async (
  storefront: object,
  { env = {}, mail = true, ...rest }: TestGatewayOptions & { readonly mail?: boolean } = {},
): Promise<House> => {
  const post = mail ? await startPost() : null;
  const gateway = await startTestGateway({
    config: { storefront },
    env: {
      FARTHING_SECRET: MASTER,
      ...(post === null ? {} : { SMTP_URL: post.url, MAIL_FROM: "house@example.test" }),
      ...env,
    },
    server: { hashCost: CHEAP, ...rest.server },
  });
  const letters = post?.letters ?? [];
  return {
    gateway,
    letters,
    browser: () => new Browser(gateway.url),
    letterTo: async (email, word) => {
      for (const until = Date.now() + WAIT_MS; Date.now() < until;) {
        const found = letters.map(plain).findLast((letter) => letter.includes(`To: ${email}`) && letter.includes(word));
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`no letter to ${email} about ${word}; there are ${letters.length}`);
    },
    close: async () => {
      await gateway.close();
      post?.close();
    },
  };
};

/** The token of a link of ours in a letter. @param path such as `/verify?token=` */
export const tokenIn = (letter: string, path: string): string => {
  const start = letter.indexOf(path);
  if (start < 0) throw new Error(`no link to ${path}`);
  const rest = letter.slice(start + path.length);
  const end = Array.from(rest).findIndex((character) => !/[\w.%-]/.test(character));
  return decodeURIComponent(end < 0 ? rest : rest.slice(0, end));
};

export const signIn = (browser: Browser, email: string, password = PASSWORD) =>
  browser.send("/console/auth/sign-in", { email, password });

export const signUp = (browser: Browser, email: string, more: object = {}) =>
  browser.send("/console/auth/sign-up", { name: "Carla Customer", email, password: PASSWORD, ...more });

/** Registers somebody and follows the link of their mail. */
export const registered = async (house: House, email: string): Promise<Browser> => {
  const browser = house.browser();
  await signUp(browser, email);
  const token = tokenIn(await house.letterTo(email, "/verify?token="), "/verify?token=");
  await browser.send("/console/auth/verify", { token });
  await signIn(browser, email);
  return browser;
};

/** The guard on what is fetched for customers, against servers that must not be reached (D97). */
import http from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { isPublicIp } from "../protocols/address.ts";
import { REFUSED_URLS } from "../protocols/fixtures/urls.ts";
import { FetchFailed, PublicFetcher, type FetchFault, type FetchOptions } from "./fetch-public.ts";

const PNG = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(100)]);
/** Where names lead, one list for each look-up in turn; the last one stays. */
type Zone = Readonly<Record<string, readonly (readonly string[])[]>>;

let server: http.Server;
let port: number;
let connections = 0;
let answer: (request: http.IncomingMessage, response: http.ServerResponse) => void;
const fetchers: PublicFetcher[] = [];

beforeAll(async () => {
  server = http.createServer((request, response) => answer(request, response));
  server.on("connection", () => (connections += 1));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  ({ port } = server.address() as AddressInfo);
});
beforeEach(() => {
  connections = 0;
  answer = (_request, response) => response.end(PNG);
});
afterAll(async () => {
  for (const fetcher of fetchers) await fetcher.close();
  server.closeAllConnections();
  server.close();
});

const lookupIn = (zone: Zone): LookupFunction => {
  const asked = new Map<string, number>();
  return (hostname, _options, callback) => {
    const times = asked.get(hostname) ?? 0;
    asked.set(hostname, times + 1);
    const lists = zone[hostname];
    const list = lists?.[Math.min(times, lists.length - 1)];
    if (list === undefined) callback(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), "");
    else
      callback(
        null,
        list.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
  };
};

/** A fetcher for which the test's server, and nothing else of this machine, is public. */
const fetcherIn = (zone: Zone, options: FetchOptions = {}): PublicFetcher => {
  const fetcher = new PublicFetcher({
    lookup: lookupIn(zone),
    isAllowed: (ip) => ip === "127.0.0.1" || isPublicIp(ip),
    portOf: () => port,
    ...options,
    limits: { refusalMs: 0, totalMs: 2_000, connectMs: 500, ...options.limits },
  });
  fetchers.push(fetcher);
  return fetcher;
};
const STAYS = new AbortController().signal;
const ZONE: Zone = { "pictures.test": [["127.0.0.1"]] };
const HERE = "http://pictures.test/a.png";

const faultOf = async (fetcher: PublicFetcher, url = HERE): Promise<FetchFault> => {
  const error: unknown = await fetcher.load(url, STAYS).catch((thrown: unknown) => thrown);
  if (error instanceof FetchFailed) return error.fault;
  throw new Error(`not refused: ${String(error)}`);
};

it("fetches a picture, and tells its kind by its bytes", async () => {
  const fetcher = fetcherIn(ZONE);
  answer = (request, response) => {
    expect(request.headers).not.toHaveProperty("authorization");
    expect(request.headers["accept-encoding"]).toBe("identity");
    response.writeHead(200, { "content-type": "text/html" }).end(PNG);
  };
  const fetched = await fetcher.load(HERE, STAYS);
  expect(fetched.mediaType).toBe("image/png");
  expect(fetched.bytes.equals(PNG)).toBe(true);
  expect(fetcher.bytesHeld).toBe(PNG.length);
  fetcher.release(fetched);
  expect(fetcher.bytesHeld).toBe(0);
});

describe("what says itself that it is not public", () => {
  // Every name leads to the server of the test: one that is connected to would be seen there.
  const everywhere: LookupFunction = (_hostname, _options, callback) => {
    callback(null, [{ address: "127.0.0.1", family: 4 }]);
  };
  it.each(REFUSED_URLS.filter((url) => URL.canParse(url)))("is refused before anything is asked: %s", async (url) => {
    expect(await faultOf(fetcherIn({}, { lookup: everywhere }), url)).toBe("refused");
    expect(connections).toBe(0);
  });
});

describe("names", () => {
  it.each([
    ["a private address", [["10.0.0.1"]]],
    ["loopback, with the guard as it is in production", [["127.0.0.1"]]],
    ["the link-local address of cloud metadata", [["169.254.169.254"]]],
    ["a mapped address", [["::ffff:127.0.0.1"]]],
    ["a public and a private address", [["93.184.216.34", "192.168.1.1"]]],
    ["nothing", [[]]],
  ])("that lead to %s are refused, and nothing is connected to", async (_name, lists) => {
    expect(await faultOf(fetcherIn({ "pictures.test": lists }, { isAllowed: isPublicIp }))).toBe("refused");
    expect(connections).toBe(0);
  });

  it("that lead anywhere else as well are refused, whatever comes first", async () => {
    expect(await faultOf(fetcherIn({ "pictures.test": [["127.0.0.1", "10.0.0.1"]] }))).toBe("refused");
    expect(connections).toBe(0);
  });

  it("that do not exist are refused like those that lead inside", async () => {
    expect(await faultOf(fetcherIn({}))).toBe("refused");
  });

  it("are looked up once: an answer that changes afterwards (rebinding) is never asked for", async () => {
    const fetcher = fetcherIn({ "pictures.test": [["127.0.0.1"], ["10.0.0.1"]] });
    fetcher.release(await fetcher.load(HERE, STAYS));
    // A new request is a new look-up, and is judged anew.
    expect(await faultOf(fetcher)).toBe("refused");
    expect(connections).toBe(1);
  });
});

describe("redirects", () => {
  const to = (location: string): void => {
    answer = ({ url }, response) => {
      if (url === "/end") response.end(PNG);
      else response.writeHead(302, { location }).end();
    };
  };

  it("are followed to public addresses", async () => {
    to("/end");
    const fetched = await fetcherIn(ZONE).load(HERE, STAYS);
    expect(fetched.mediaType).toBe("image/png");
  });

  it.each([
    "http://169.254.169.254/latest/",
    "file:///etc/passwd",
    "http://[::1]/",
    "http://inner.test/",
    "//localhost/",
  ])("to %s are refused", async (location) => {
    to(location);
    expect(await faultOf(fetcherIn({ ...ZONE, "inner.test": [["10.0.0.1"]] }))).toBe("refused");
    expect(connections).toBe(1);
  });

  it("end after three", async () => {
    to("/again");
    expect(await faultOf(fetcherIn(ZONE))).toBe("unusable");
    expect(connections).toBe(4);
  });
});

describe("what comes", () => {
  it.each<[string, typeof answer]>([
    ["an error", (_request, response) => response.writeHead(404).end(PNG)],
    ["no picture", (_request, response) => response.writeHead(200, { "content-type": "image/png" }).end("<html>")],
    ["a compressed one", (_request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(PNG)],
    ["more than was promised to be the most", (_request, response) => response.end(Buffer.alloc(2_000))],
    [
      "a length that is too large",
      (_request, response) => response.writeHead(200, { "content-length": 1e9 }).write(PNG),
    ],
    [
      "half of it",
      (_request, response) => {
        response.writeHead(200, { "content-length": PNG.length * 2 });
        response.write(PNG, () => response.destroy());
      },
    ],
  ])("is not used when it is %s, and not held", async (_name, how) => {
    answer = how;
    const fetcher = fetcherIn(ZONE, { limits: { bytes: 1_000 } });
    expect(await faultOf(fetcher)).toBe("unusable");
    expect(fetcher.bytesHeld).toBe(0);
  });

  it("is not used when it never ends, and not held", async () => {
    answer = (_request, response) => response.write(PNG);
    const fetcher = fetcherIn(ZONE, { limits: { bytes: 1_000, totalMs: 300 } });
    expect(await faultOf(fetcher)).toBe("unusable");
    expect(fetcher.bytesHeld).toBe(0);
  });

  it("must have room", async () => {
    const fetcher = fetcherIn(ZONE, { limits: { bytesInFlight: PNG.length + 10 } });
    const first = await fetcher.load(HERE, STAYS);
    expect(await faultOf(fetcher)).toBe("busy");
    fetcher.release(first);
    fetcher.release(await fetcher.load(HERE, STAYS));
    expect(fetcher.bytesHeld).toBe(0);
  });

  it("is left when nobody waits for it any more", async () => {
    answer = () => undefined;
    const leaving = new AbortController();
    const fetching = fetcherIn(ZONE).load(HERE, leaving.signal);
    leaving.abort(new Error("left"));
    await expect(fetching).rejects.toThrow("left");
  });
});

/** Crowds: 2,000 slow headers (C64) and 10,000 idle connections (C66) against a gateway in its own process. */
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startGateway, type GatewayProcess } from "../client.ts";

let gateway: GatewayProcess;

beforeAll(async () => {
  gateway = await startGateway({ env: { METRICS_PORT: "off", LOG_LEVEL: "silent" } });
});
afterAll(async () => {
  await gateway.stop();
});

const open = (): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(gateway.port, "127.0.0.1");
    socket.once("connect", () => {
      resolve(socket);
    });
    socket.once("error", reject);
  });

/** Opens many connections, a few at a time, so that the kernel's queue does not refuse them. */
const crowd = async (count: number): Promise<Socket[]> => {
  const sockets: Socket[] = [];
  while (sockets.length < count) sockets.push(...(await Promise.all(Array.from({ length: 250 }, open))));
  return sockets;
};

const health = async (): Promise<number> => (await fetch(`${gateway.url}/healthz`)).status;

/** Resident memory of the gateway, in bytes. */
const resident = (): number => {
  const status = readFileSync(`/proc/${gateway.process.pid}/status`, "utf8");
  return Number(status.split("VmRSS:")[1]?.trim().split(" ")[0]) * 1024;
};

describe("crowds", () => {
  it("C64: 2,000 clients that never finish their headers are closed; others are served", async () => {
    const sockets = await crowd(2_000);
    let closed = 0;
    for (const socket of sockets) {
      socket.on("error", () => undefined);
      socket.on("close", () => (closed += 1));
      socket.resume();
      socket.write("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-slow: ");
    }
    expect(await health()).toBe(200);
    for (const until = Date.now() + 25_000; Date.now() < until && closed < sockets.length;)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(closed).toBe(sockets.length);
    expect(await health()).toBe(200);
  });

  it("C66: 10,000 idle connections cost little and hinder nobody", async () => {
    const before = resident();
    const sockets = await crowd(10_000);
    try {
      expect(await health()).toBe(200);
      expect((resident() - before) / sockets.length).toBeLessThan(20_000);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    expect(await health()).toBe(200);
  });
});

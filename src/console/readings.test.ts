import { expect, it } from "vitest";

import { MOST_OF_ONE, takeReading } from "./readings.ts";

it("an account reads a few files at once, and another one still may; a call that ends makes room", () => {
  const calls = Array.from({ length: MOST_OF_ONE }, () => new AbortController());
  for (const { signal } of calls) takeReading("one", signal);
  const late = new AbortController();
  expect(() => takeReading("one", late.signal)).toThrow("Other files are being written");
  takeReading("another", late.signal);
  calls[0]?.abort();
  takeReading("one", late.signal);
  for (const call of [...calls, late]) call.abort();
  for (const _ of calls) takeReading("one", new AbortController().signal);
});

it("all together read a bounded number, and who has left takes no place", () => {
  const call = new AbortController();
  const gone = AbortSignal.abort();
  for (let index = 0; index < 100; index++) takeReading(`gone ${index}`, gone);
  expect(() => {
    for (let index = 0; index < 100; index++) takeReading(`account ${index}`, call.signal);
  }).toThrow("Other files are being written");
  call.abort();
});

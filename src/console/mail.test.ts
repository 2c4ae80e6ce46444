import { describe, expect, it } from "vitest";

import { createMail, type MailOptions } from "./mail.ts";
import { letter } from "./people/letters.ts";

const house = { name: "Acme <AI>", publicUrl: "https://acme.example.test" };

const logged = () => {
  const lines: { readonly name: string; readonly fields: unknown }[] = [];
  const log: MailOptions["log"] = {
    event: (_level, name, fields) => {
      lines.push({ name, fields });
    },
    fault: () => undefined,
  };
  return { lines, log };
};

const until = async (isTrue: () => boolean): Promise<void> => {
  for (let i = 0; i < 500 && !isTrue(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(isTrue()).toBe(true);
};

describe("mail", () => {
  it("without a server goes to the log, where a newcomer finds the link; in production only that it is off does", async () => {
    for (const isProduction of [false, true]) {
      const { lines, log } = logged();
      const mail = createMail({ smtpUrl: null, from: null, isProduction, log });
      expect(mail.isOn).toBe(false);
      await mail.send(letter(house, "a@example.test", ["reset", "secret-token"]));
      expect(JSON.stringify(lines).includes("secret-token")).toBe(!isProduction);
      expect(lines.map(({ name }) => name)).toEqual([isProduction ? "mail_off" : "mail"]);
    }
  });

  it("that is not taken is tried again, and then given up; nobody waits for it", async () => {
    const { lines, log } = logged();
    let tries = 0;
    const deliver = () => {
      tries += 1;
      return Promise.reject(new Error("no"));
    };
    const mail = createMail({ smtpUrl: null, from: null, isProduction: true, log, deliver, retriesMs: [1, 1] });
    await mail.send({ to: "a@example.test", subject: "s", text: "t" });
    await until(() => tries === 3);
    await until(() => lines.length === 3);
    expect(lines.at(-1)?.fields).toEqual({ tries: 3, final: true });
    await mail.close();
  });

  it("does not wait in a queue without an end", async () => {
    const { lines, log } = logged();
    const { promise, resolve } = Promise.withResolvers<void>();
    const mail = createMail({ smtpUrl: null, from: null, isProduction: true, log, deliver: () => promise });
    for (let i = 0; i < 505; i++) await mail.send({ to: "a@example.test", subject: "s", text: "t" });
    expect(lines.filter(({ name }) => name === "mail_dropped")).toHaveLength(4);
    const closing = mail.close();
    resolve();
    await closing;
  });
});

describe("letters", () => {
  it("lead to the house alone, and hold nothing that somebody typed as markup or as a header", () => {
    const words = { by: 'Eve\r\nBcc: all@example.test <b onload="x">', to: "the account" };
    const { subject, text, html = "" } = letter(house, "a@example.test", ["invitation", "tok/en", words]);
    expect(subject.includes("\r") || subject.includes("\n")).toBe(false);
    expect(text).toContain("https://acme.example.test/invite/tok%2Fen");
    expect(html).not.toContain("<b onload");
    expect(html).toContain("Acme &lt;AI&gt;");
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { addressName, AddressError, parsePostgresUrl } from "./postgres-address.ts";

const PLAIN = {
  host: "db.example",
  port: 5432,
  database: "farthing",
  user: "u",
  password: "p",
  tls: "disable",
  rootCertificate: null,
  certificate: null,
  key: null,
} as const;

describe("parsePostgresUrl", () => {
  it.each([
    ["postgres://u:p@db.example/farthing", PLAIN],
    ["postgresql://u:p@db.example:5432/farthing", PLAIN],
    ["postgres://u@db.example:6432/farthing", { ...PLAIN, password: null, port: 6432 }],
    ["postgres://u:p%40%2F%25@[::1]/f%20g", { ...PLAIN, host: "::1", password: "p@/%", database: "f g" }],
    ["postgres://u:p@localhost/farthing?host=/run/postgresql", { ...PLAIN, host: "/run/postgresql" }],
    ["postgres://u:p@db.example/farthing?sslmode=require", { ...PLAIN, tls: "require" }],
    [
      "postgres://u:p@db.example/farthing?sslmode=verify-full&sslrootcert=/ca.pem&sslcert=/c.pem&sslkey=/k.pem",
      { ...PLAIN, tls: "verify-full", rootCertificate: "/ca.pem", certificate: "/c.pem", key: "/k.pem" },
    ],
  ])("reads %s", (text, address) => {
    expect(parsePostgresUrl(text)).toEqual(address);
  });

  it.each([
    ["mysql://u:secret@h/d", "postgres://user:password@host"],
    ["u:secret@h/d", "postgres://user:password@host"],
    ["postgres://u:secret@/d", "postgres://user:password@host"],
    ["postgres://u:secret@h:99999/d", "postgres://user:password@host"],
    ["postgres://:secret@h/d", "user"],
    ["postgres://u:secret@h", "database"],
    ["postgres://u:secret@h/a/b", "database"],
    ["postgres://u:secret%zz@h/d", "'%'"],
    ["postgres://u:secret@h/d?sslmode=prefer", "sslmode"],
    ["postgres://u:secret@h/d?ssl=true", "'ssl'"],
    ["postgres://u:secret@h/d?password=secret", "'password'"],
  ])("refuses %s, saying why and nothing of its password", (text, why) => {
    expect(() => parsePostgresUrl(text)).toThrow(AddressError);
    expect(() => parsePostgresUrl(text)).toThrow(why);
    expect(() => parsePostgresUrl(text)).not.toThrow("secret");
  });

  it("takes any user, password and database that were encoded", () => {
    const word = fc
      .string({ minLength: 1, unit: "grapheme" })
      .filter((text) => !text.includes("/") && text.isWellFormed());
    fc.assert(
      fc.property(word, word, (user, password) => {
        const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h/d`;
        expect(parsePostgresUrl(url)).toMatchObject({ user, password });
      }),
    );
  });
});

it("is named without user and password", () => {
  expect(addressName(parsePostgresUrl("postgres://u:p@[::1]:1/d?sslmode=require"))).toBe("postgres://[::1]:1/d");
  expect(addressName(parsePostgresUrl("postgres://u:p@h/d?host=/run"))).toBe("postgres:///run:5432/d");
});

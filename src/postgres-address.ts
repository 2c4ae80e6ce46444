/** `DATABASE_URL` as an address, parsed strictly: what would silently be ignored is a mistake. Pure. */

/**
 * How the connection is protected, as PostgreSQL's own clients name it: `disable` not at all, `require` encrypted, `verify-ca` the
 * server's certificate is checked too, `verify-full` and its name.
 */
export type TlsMode = "disable" | "require" | "verify-ca" | "verify-full";

export interface PostgresAddress {
  /** A name, an IP address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | null;
  readonly tls: TlsMode;
  /** Paths of PEM files; null for the system's authorities and no certificate of our own. */
  readonly rootCertificate: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
}

/** A URL that cannot be used; the text is a sentence and holds nothing of its password. */
export class AddressError extends Error {
  override readonly name = "AddressError";
}

const DEFAULT_PORT = 5432;
const TLS_MODES = ["disable", "require", "verify-ca", "verify-full"] as const satisfies readonly TlsMode[];
const PARAMETERS = ["sslmode", "sslrootcert", "sslcert", "sslkey", "host"] as const;

const decoded = (text: string, what: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AddressError(`The ${what} in it has a '%' that is not followed by two digits; write %25 for a '%'.`);
  }
};

const parsed = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "postgres:" && url.protocol !== "postgresql:"))
    throw new AddressError("It must be a URL such as postgres://user:password@host:5432/database.");
  return url;
};

const tlsOf = (url: URL): Pick<PostgresAddress, "tls" | "rootCertificate" | "certificate" | "key"> => {
  const rootCertificate = url.searchParams.get("sslrootcert");
  const mode = url.searchParams.get("sslmode") ?? "disable";
  const tls = TLS_MODES.find((known) => known === mode);
  if (tls === undefined) throw new AddressError(`Its sslmode must be one of ${TLS_MODES.join(", ")}.`);
  return {
    tls,
    rootCertificate,
    certificate: url.searchParams.get("sslcert"),
    key: url.searchParams.get("sslkey"),
  };
};

/** @throws AddressError */
export const parsePostgresUrl = (text: string): PostgresAddress => {
  const url = parsed(text);
  for (const name of url.searchParams.keys())
    if (!(PARAMETERS as readonly string[]).includes(name))
      throw new AddressError(`Its parameter '${name}' is not known; known are ${PARAMETERS.join(", ")}.`);
  const user = decoded(url.username, "user");
  const database = decoded(url.pathname.slice(1), "database");
  const host = url.searchParams.get("host") ?? decoded(url.hostname, "host");
  if (host === "") throw new AddressError("It names no host.");
  if (user === "") throw new AddressError("It names no user.");
  if (database === "" || database.includes("/")) throw new AddressError("It names no database.");
  return {
    host: host.startsWith("[") ? host.slice(1, -1) : host,
    port: url.port === "" ? DEFAULT_PORT : Number(url.port),
    database,
    user,
    password: url.password === "" ? null : decoded(url.password, "password"),
    ...tlsOf(url),
  };
};

/** The address without user and password, for messages. */
export const addressName = ({ host, port, database }: PostgresAddress): string =>
  host.startsWith("/")
    ? `postgres://${host}:${port}/${database}`
    : `postgres://${host.includes(":") ? `[${host}]` : host}:${port}/${database}`;

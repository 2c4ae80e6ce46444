/**
 * Rewrites package-lock.json after package.json changed: `npm run lock`.
 *
 * npm writes only those optional packages (a tool's builds for other platforms) that the registry in use can deliver, and `npm ci` then
 * refuses the whole file wherever one is missing. This fills the gaps from the dependency's own list: name, version and platform.
 * Such an entry has no integrity hash, since nothing was downloaded; npm adds it when the file is rewritten where the package exists.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const file = path.join(import.meta.dirname, "..", "package-lock.json");

/** Words of a package's name that tell its platform, in npm's own spelling. */
const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const PROCESSORS = ["arm", "arm64", "ia32", "loong64", "ppc64", "riscv64", "s390x", "wasm32", "x64"];
const LIBRARIES = { gnu: "glibc", gnueabihf: "glibc", musl: "musl", musleabihf: "musl" };

/** `@scope/binding-linux-arm64-musl` → the members that keep npm from installing it elsewhere. */
const platformOf = (name) => {
  const words = name.slice(name.indexOf("/") + 1).split("-");
  const cpu = PROCESSORS.filter((word) => words.includes(word));
  const os = SYSTEMS.filter((word) => words.includes(word));
  const libc = words.flatMap((word) => LIBRARIES[word] ?? []);
  if (cpu.length === 0 && os.length === 0) throw new Error(`${name} does not tell its platform; add it by hand`);
  return { ...(cpu.length > 0 && { cpu }), ...(os.length > 0 && { os }), ...(libc.length > 0 && { libc }) };
};

/** Entries of optional dependencies that are named but absent. */
const absent = (packages) =>
  Object.entries(packages).flatMap(([owner, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !(`node_modules/${name}` in packages) && !(`${owner}/node_modules/${name}` in packages))
      .map(([name, version]) => [
        `node_modules/${name}`,
        { version, ...(entry.dev === true && { dev: true }), optional: true, ...platformOf(name) },
      ]),
  );

if (!process.argv.includes("--complete-only")) {
  const { status } = spawnSync("npm", ["install", "--package-lock-only", "--ignore-scripts"], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
const lock = JSON.parse(readFileSync(file, "utf8"));
const added = absent(lock.packages);
const packages = Object.entries(lock.packages).concat(added);
lock.packages = Object.fromEntries(packages.sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added.length} platform builds added that this registry does not have`);

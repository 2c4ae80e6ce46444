/** `npm run fidelity`: measures what is carried, and writes it down. */
import { writeFileSync } from "node:fs";

import { filesOf } from "./files.ts";
import { measure } from "./matrix.ts";

const { fidelity, lost } = measure();
for (const [file, text] of filesOf(fidelity)) writeFileSync(file, text);
for (const one of lost) console.error(`lost without a word: ${one}`);
process.exitCode = lost.length === 0 ? 0 : 1;

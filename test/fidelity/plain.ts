/** The columns that stand for their protocols: a surface without quirks, and a model of the newest kind. */
import { requestColumn } from "../../src/catalog/fidelity.ts";
import type { ProtocolId } from "../../src/protocols/protocol.ts";

/** The column of a model, by its provider's name for it, on a plain surface. @param capabilities none where nothing is known */
export const plainColumn = (protocol: ProtocolId, name: string, capabilities: readonly string[]): string =>
  requestColumn({ protocol, prefix: "", auth: "none", quirks: {} }, name, {
    capabilities,
    modalities: { input: ["text"], output: ["text"] },
  });

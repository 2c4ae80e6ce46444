/** A plain reading of server-sent events, written from their specification and knowing nothing of the product's own reader. */

export interface PlainEvent {
  /** Empty when the stream gave no name. */
  readonly event: string;
  readonly data: string;
}

/** The events of a whole stream. What is left without its blank line is read like one, as the product does for recorders that drop it. */
export const plainEvents = (stream: string): PlainEvent[] => {
  const lines = stream.replace(/^\u{FEFF}/u, "").split(/\r\n|\n|\r/);
  const events: PlainEvent[] = [];
  let [name, data]: [string, string[]] = ["", []];
  for (const line of [...lines, ""]) {
    if (line === "") {
      if (data.length > 0) events.push({ event: name, data: data.join("\n") });
      [name, data] = ["", []];
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    // A blank before the first field is a recorder's.
    if (field.trimStart() === "event") name = value;
    if (field.trimStart() === "data") data.push(value);
  }
  return events.filter(({ data: text }) => text.trim() !== "");
};

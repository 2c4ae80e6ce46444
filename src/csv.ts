/** Fields and lines of CSV as RFC 4180 has them, fit to be opened by a spreadsheet (F128). Pure. */

export type CsvValue = string | number | boolean | bigint | null;

/** Characters with which spreadsheets take a text for a formula: customers choose names, and others open the file. */
const FORMULA = ["=", "+", "-", "@", "\t", "\r"];
/** Characters for which a field stands in quotes. */
const MARKS = [",", '"', "\n", "\r"];

/** An amount as text may begin with a sign; anything else that could be calculated is shown as text. */
const isNumber = (text: string): boolean => text.trim() === text && text !== "" && Number.isFinite(Number(text));

/** One field; nothing for null. */
export const csvField = (value: CsvValue): string => {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const text = FORMULA.some((start) => value.startsWith(start)) && !isNumber(value) ? `'${value}` : value;
  return MARKS.some((mark) => text.includes(mark)) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** One line with its end. */
export const csvLine = (values: readonly CsvValue[]): string => `${values.map(csvField).join(",")}\r\n`;

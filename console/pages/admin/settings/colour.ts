/** Contrast of two colours, as WCAG 2 counts it. Pure. */

const DIGITS = "0123456789abcdef";

/** Red, green and blue of `#9a4a1b`, 0 to 255; null when it is no such colour. */
export const readColour = (text: string): readonly [number, number, number] | null => {
  const hex = text.trim().toLowerCase();
  if (hex.length !== 7 || !hex.startsWith("#")) return null;
  const digits = hex.slice(1).split("");
  if (!digits.every((digit) => DIGITS.includes(digit))) return null;
  const part = (at: number): number => Number.parseInt(hex.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
};

const linear = (value: number): number => {
  const part = value / 255;
  return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};

const luminance = ([red, green, blue]: readonly [number, number, number]): number =>
  0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);

/** 1 to 21; null when one of them is no colour. */
export const contrast = (a: string, b: string): number | null => {
  const [first, second] = [readColour(a), readColour(b)];
  if (first === null || second === null) return null;
  const [dark = 0, light = 0] = [luminance(first), luminance(second)].toSorted((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
};

/** What text needs to be read. */
export const LEAST_CONTRAST = 4.5;

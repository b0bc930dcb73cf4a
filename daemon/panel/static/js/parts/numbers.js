/** Reads numbers as people write them. */
const WRITTEN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Return the number in a text such as `.5`, `+0.1`, `1,5`, `−3` or `128 BPM` (with its unit). NaN for other texts.
 * @type {(text: string, unit?: string) => number} */
export function readNumber(text, unit = "") {
  let plain = text.trim().replace("−", "-");
  if (unit && plain.toLowerCase().endsWith(unit.toLowerCase())) plain = plain.slice(0, -unit.length).trim();
  if (!plain.includes(".")) plain = plain.replace(",", "."); // one comma is a decimal point; with two the text is no number
  return WRITTEN.test(plain) ? Number(plain) : NaN;
}

/** Like `readNumber`, but only for whole numbers that a JavaScript number holds exactly.
 * @type {(text: string, unit?: string) => number} */
export function readWhole(text, unit = "") {
  const number = readNumber(text, unit);
  return Number.isSafeInteger(number) ? number : NaN;
}

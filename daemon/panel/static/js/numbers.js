/** Numbers as people write them. */
const WRITTEN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number a text stands for: `.5`, `+0.1`, `1,5`, `−3`, `128 BPM` with its unit; NaN for anything else. */
export function readNumber(text, unit = "") {
  let plain = text.trim().replace("−", "-");
  if (unit && plain.toLowerCase().endsWith(unit.toLowerCase())) plain = plain.slice(0, -unit.length).trim();
  if (!plain.includes(".")) plain = plain.replace(",", "."); // one comma is a point, two are no number
  return WRITTEN.test(plain) ? Number(plain) : NaN;
}

/** The same, but for a whole number that is held without loss. */
export function readWhole(text, unit = "") {
  const number = readNumber(text, unit);
  return Number.isSafeInteger(number) ? number : NaN;
}

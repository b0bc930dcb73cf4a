/** Copying a text. Pages that came over plain http may not write to the clipboard: then the text is shown, to be copied by hand. */
import { say } from "./toast.js";

/** @type {(text: string, what: string) => Promise<void>} */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} is copied: ${text}`);
  } catch {
    say(`${what}: ${text}`);
  }
}

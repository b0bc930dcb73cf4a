/** Short messages that disappear after the time it takes to read them. */
import { byId } from "./dom.js";

const LEAST_MS = 4000;
const LETTER_MS = 70;
const MOST_MS = 20000;
const MOST = 3;

const box = byId("toasts");

/** @type {(words: string, isBad?: boolean) => void} */
export function say(words, isBad = false) {
  const line = document.createElement("p");
  line.className = isBad ? "toast bad" : "toast";
  line.textContent = words.charAt(0).toUpperCase() + words.slice(1);
  box.append(line);
  while (box.children.length > MOST) box.firstElementChild?.remove();
  setTimeout(() => line.remove(), Math.min(Math.max(LEAST_MS, words.length * LETTER_MS), MOST_MS));
}

/** Remove all messages. Return whether there was one. */
export function hushToasts() {
  const any = box.children.length > 0;
  box.replaceChildren();
  return any;
}

/**
 * Keys that act wherever the focus is, except in text fields. They take precedence over the focused control: Space
 * starts and stops the music even on a button, and only Enter presses the button.
 */
import { byId, make } from "./dom.js";
import { closeLast, opened } from "./openings.js";
import { hushToasts } from "./toast.js";

const STORED = "edmd-shortcuts";
const NO_TEXT = new Set(["button", "checkbox", "color", "file", "image", "radio", "range", "reset", "submit"]);
/** @type {Record<string, string>} */
const NAMES = { " ": "Space", "?": "?", Home: "Home" };
/** @type {Map<string, { act: () => void, words: string }>} */
const shortcuts = new Map(); // key, with Shift+ or Control+ before it -> { act, words }
/** @type {[string, string][]} */
const more = [];
// While the page is locked, only panic acts.
const WHILE_LOCKED = new Set(["p"]);
let areOn = localStorage.getItem(STORED) !== "off";
/** @type {string | null} */
let swallowed = null;

/** Make `key` call `act`, such as `u`, `Shift+u` or `Control+z`. The list of keys describes it with `words`, if it has any.
 * @type {(key: string, words: string, act: () => void) => void} */
export function shortcut(key, words, act) {
  shortcuts.set(key, { words, act });
}

/** Describe several keys in one row of the list.
 * @type {(keys: string, words: string) => void} */
export function keyRow(keys, words) {
  more.push([keys, words]);
}

/** Listen to the keys, and set up the list of keys. */
export function makeShortcuts() {
  shortcut("?", "shows and hides this list", toggleList);
  document.addEventListener("keydown", press, true);
  document.addEventListener("keyup", release, true);
  byId("keys").addEventListener("click", toggleList);
  byId("keys-close").addEventListener("click", () => byId("keys-list").close());
  byId("keys-on").setAttribute("aria-checked", String(areOn));
  byId("keys-on").addEventListener("click", turn);
  const listed = [...shortcuts].filter(([, { words }]) => words !== "");
  byId("keys-rows").replaceChildren(...listed.map(([key, { words }]) => row(NAMES[key] ?? key.replace(/[a-z]$/, (letter) => letter.toUpperCase()), words)),
    ...more.map(([keys, words]) => row(keys, words)),
    row("Escape", "closes an open list, field, song or message, and stops a song that plays here"));
}

function turn() {
  areOn = !areOn;
  localStorage.setItem(STORED, areOn ? "on" : "off");
  byId("keys-on").setAttribute("aria-checked", String(areOn));
}

/** @type {(key: string, words: string) => HTMLElement} */
const row = (key, words) => make("tr", {}, make("th", { scope: "row" }, make("kbd", {}, key)), make("td", {}, words));

/** @type {(event: KeyboardEvent) => void} */
function press(event) {
  if (event.isComposing) return;
  if (event.key === "Escape") {
    if (closeLast() || hushToasts()) event.preventDefault();
    return;
  }
  if (!areOn || event.altKey || isWriting(event.target)) return;
  const key = shortcuts.has(event.key) ? event.key : letterOf(event);
  const found = foundFor(event, key);
  if (!found || (document.body.dataset.locked === "true" && !WHILE_LOCKED.has(key))) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  swallowed = event.code;
  if (!event.repeat) found.act();
}

/** Return what a key does. With Shift a key that has no other use then does the same as without.
 * @type {(event: KeyboardEvent, key: string) => { act: () => void } | undefined} */
function foundFor({ shiftKey, ctrlKey, metaKey }, key) {
  const shifted = shiftKey ? `Shift+${key}` : key;
  if (ctrlKey || metaKey) return shortcuts.get(`Control+${shifted}`);
  return shortcuts.get(shifted) ?? shortcuts.get(key);
}

/** Swallow the release of the key too, because some browsers press a button when Space is released.
 * @type {(event: KeyboardEvent) => void} */
function release(event) {
  if (event.code !== swallowed) return;
  swallowed = null;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Return the letter or digit of a key, in lower case, independent of Shift, Caps Lock and the keyboard's alphabet.
 * @type {(event: KeyboardEvent) => string} */
const letterOf = ({ key, code }) => (/^[a-z]$/i.test(key) ? key : (/^(?:Key([A-Z])|(?:Digit|Numpad)([1-9]))$/.exec(code)?.slice(1).find(Boolean) ?? key)).toLowerCase();

/** Whether keys enter text in `target`, or move through an open list.
 * @type {(target: EventTarget | null) => boolean} */
function isWriting(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA") return true;
  if (target.tagName === "SELECT") return isOpen(target);
  return target instanceof HTMLInputElement && !NO_TEXT.has(target.type);
}

/** @type {(select: HTMLElement) => boolean} */
function isOpen(select) {
  try {
    return select.matches(":open");
  } catch {
    return false; // browsers without `:open` send no key events from an open list
  }
}

const toggleList = () => toggleDialog(byId("keys-list"));

/** Open a dialog that Escape closes, or close it.
 * @type {(dialog: HTMLDialogElement) => void} */
export function toggleDialog(dialog) {
  if (dialog.open) return dialog.close();
  dialog.showModal();
  dialog.scrollTop = 0; // the focus goes to the first switch, which may be far below
  const closed = opened(() => dialog.close());
  dialog.addEventListener("close", closed, { once: true });
}

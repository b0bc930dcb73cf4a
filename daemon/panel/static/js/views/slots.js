/** The presets in the slots 1 to 9: a press loads one, a hold (or Shift, or Store before) keeps what plays in it. */
import { byId, make } from "../parts/dom.js";
import { pressing } from "../parts/press.js";
import { keyRow, shortcut } from "../parts/shortcuts.js";
import { say } from "../parts/toast.js";
import { heard } from "../parts/waits.js";
import { on } from "../state/bus.js";
import { askNow } from "../state/now.js";
import { wish } from "../state/store.js";

const COUNT = 9;
/** @type {{ button: HTMLElement, words: HTMLElement }[]} */
const buttons = [];
/** @type {Record<string, string>} */
let names = {};
/** @type {string[]} The names of all presets. */
let all = [];
let last = "";
let isStoring = false;
const storing = make("button", { type: "button", class: "store", "aria-pressed": "false", title: "Then press a number: it keeps what plays" }, "Store");

export function makeSlots() {
  for (let number = 1; number <= COUNT; number++) {
    const words = make("span", { class: "words" });
    const button = make("button", { type: "button", class: "slot-button", "data-slot": number }, make("span", { class: "number" }, String(number)), words);
    pressing(button, { tap: ({ shiftKey }) => (shiftKey || isStoring ? store(number) : load(number)), hold: () => store(number) });
    buttons.push({ button, words });
    shortcut(String(number), "", () => load(number));
    shortcut(`Shift+${number}`, "", () => store(number));
  }
  keyRow("1 to 9", "loads the preset in that slot; with Shift it keeps what plays there");
  pressing(storing, { tap: () => arm(!isStoring) });
  byId("slots").replaceChildren(...buttons.map(({ button }) => button), storing);
  show();
}

/** @type {(isSo: boolean) => void} */
function arm(isSo) {
  isStoring = isSo;
  storing.setAttribute("aria-pressed", String(isSo));
  byId("slots").classList.toggle("storing", isSo);
}

/** @type {(number: number) => Promise<void>} */
async function load(number) {
  const name = names[number];
  if (name === undefined) return say(`Slot ${number} is empty. Hold it, or press Shift and ${number}, to keep what plays.`);
  const told = await askNow("preset", { action: "load", slot: number, ...wish() }, name);
  if (!told) return;
  last = name;
  show();
  say(`Loaded ${name}${heard(told)}.`);
}

/** @type {(number: number) => Promise<void>} */
async function store(number) {
  arm(false);
  const told = await askNow("preset", { action: "save", name: freeName(number), slot: number }, "Store");
  if (told) say(`What plays is kept in slot ${number}.`);
}

/** Return the name of a snapshot. A preset that lost its slot to another one keeps its name.
 * @type {(number: number) => string} */
function freeName(number) {
  const name = `snap ${number}`;
  if (names[number] === name) return name;
  const taken = new Set(all);
  let count = 1;
  while (taken.has(count > 1 ? `${name}-${count}` : name)) count += 1;
  return count > 1 ? `${name}-${count}` : name;
}

function show() {
  buttons.forEach(({ button, words }, index) => {
    const name = names[index + 1];
    words.textContent = name ?? "";
    button.classList.toggle("empty", name === undefined);
    button.setAttribute("aria-current", String(name !== undefined && name === last));
    button.setAttribute("aria-label", name === undefined ? `Slot ${index + 1}, empty; hold to keep what plays` : `Slot ${index + 1}: ${name}`);
    button.title = name === undefined ? "Empty. Hold it to keep what plays" : `${name}. Hold it to keep what plays instead`;
  });
}

on("deck", () => {
  last = "";
  show();
});
on("presets", (told) => { all = told; });
on("slots", (told) => {
  names = told;
  show();
});

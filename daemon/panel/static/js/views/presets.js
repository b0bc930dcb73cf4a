/** Presets: parameter values stored under a name, some in a numbered slot. A loaded preset begins and glides as *Changes begin* says. */
import { Refused, get, post } from "../state/api.js";
import { complaints } from "../parts/complaint.js";
import { confirming } from "../parts/confirm.js";
import { byId, find, make } from "../parts/dom.js";
import { readWhole } from "../parts/numbers.js";
import { renaming } from "../parts/renaming.js";
import { isAway, whoIsAway } from "../state/presence.js";
import { askNow } from "../state/now.js";
import { wish } from "../state/store.js";
import { on, tell } from "../state/bus.js";
import { say } from "../parts/toast.js";
import { heard } from "../parts/waits.js";

const name = make("input", { type: "text", placeholder: "name of a new one", autocomplete: "off", "aria-label": "Name of a new preset" });
const slot = make("input", {
  type: "text", class: "slot-field", inputmode: "numeric", placeholder: "slot", autocomplete: "off", "aria-label": "Slot, 1 to 128, or empty",
  title: "The number by which a controller loads the preset",
});
const list = make("ul", { class: "preset-list", "aria-labelledby": "presets-title" });
const LAST_SLOT = 128;
const { line, complain } = complaints(name);
const ofSlot = complaints(slot);
/** @type {Map<string, HTMLElement>} */
const entries = new Map(); // name -> its entry; the element is never replaced, because it may have the focus
/** @type {number | undefined | null} */
let count = null;

export function makePresets() {
  const button = make("button", { type: "submit" }, "Save");
  const { ease } = confirming(button, "Replace?", save, () => !entries.has(written()));
  name.addEventListener("input", ease);
  byId("presets").append(make("form", { class: "preset-new" }, name, slot, button), line, ofSlot.line, list);
}

const written = () => name.value.trim();

async function save() {
  if (written() === "") return name.focus();
  const number = readWhole(slot.value);
  const isNumbered = slot.value.trim() !== "";
  if (isNumbered && !(number >= 1 && number <= LAST_SLOT)) return ofSlot.complain(`a slot is 1 to ${LAST_SLOT}; got ${slot.value.trim()}`);
  if (isAway()) return complain(`it was not saved: ${whoIsAway()}.`);
  try {
    const saved = await post("preset", { action: "save", name: written(), ...(isNumbered ? { slot: number } : {}) });
    say(`Saved ${saved.name}${isNumbered ? ` in slot ${number}` : ""}.`);
    name.value = slot.value = "";
    await refresh();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    complain(error.message);
    if (error.isSilence) tell("silence");
  }
}

async function refresh() {
  try {
    const { presets, slots = {} } = await get("presets");
    tell("presets", presets);
    tell("slots", slots);
    for (const [known, element] of entries) if (!presets.includes(known)) take(known, element);
    presets.forEach((/** @type {string} */ each, /** @type {number} */ index) => {
      const element = entries.get(each) ?? entry(each);
      entries.set(each, element);
      if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
      find(".slot", element).textContent = Object.keys(slots).find((number) => slots[number] === each) ?? "";
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error; // the banner shows who does not answer
  }
}

/** Remove an entry. If it had the focus, the focus goes to its neighbour.
 * @type {(known: string, element: HTMLElement) => void} */
function take(known, element) {
  const next = element.nextElementSibling ?? element.previousElementSibling;
  const hadFocus = element.contains(document.activeElement);
  entries.delete(known);
  element.remove();
  if (hadFocus) (next ? find(".load", next) : name).focus();
}

/** @type {(known: string) => HTMLElement} */
function entry(known) {
  const load = async () => {
    const told = await askNow("preset", { action: "load", name: known, ...wish() }, known);
    if (told) say(`Loaded ${known}${heard(told)}.`);
  };
  const drop = async () => {
    if (await askNow("preset", { action: "delete", name: known }, `Delete ${known}`)) await refresh();
  };
  const button = make("button", { type: "button", class: "drop", "aria-label": `Delete preset ${known}` }, "×");
  confirming(button, "Delete?", drop);
  const loading = make("button", { type: "button", class: "load", onclick: load }, make("b", { class: "slot", title: "Slot" }), known);
  const pen = make("button", { type: "button", class: "pen", "aria-label": `Rename preset ${known}`, title: "Rename" }, "✎");
  renaming(pen, loading, () => known, (to) => rename(known, to));
  return make("li", {}, loading, pen, button);
}

/** @type {(known: string, to: string) => Promise<void>} */
async function rename(known, to) {
  if (!(await askNow("preset", { action: "rename", name: known, to }, `Rename ${known}`))) return;
  await refresh();
  const element = entries.get(to);
  if (element) find(".load", element).focus();
}

on("facts", ({ presets }) => {
  if (presets !== undefined && presets === count) return;
  count = presets;
  refresh();
});

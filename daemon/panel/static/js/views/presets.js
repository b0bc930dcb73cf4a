/** Presets: parameter values stored under a name. A loaded preset begins and glides as *Changes begin* says. */
import { Refused, get, post } from "../state/api.js";
import { complaints } from "../parts/complaint.js";
import { confirming } from "../parts/confirm.js";
import { byId, find, make } from "../parts/dom.js";
import { isAway, whoIsAway } from "../state/presence.js";
import { askNow } from "../state/now.js";
import { wish } from "../state/store.js";
import { on, tell } from "../state/bus.js";
import { say } from "../parts/toast.js";
import { heard } from "../parts/waits.js";

const name = make("input", { type: "text", placeholder: "name of a new one", autocomplete: "off", "aria-label": "Name of a new preset" });
const list = make("ul", { class: "preset-list", "aria-labelledby": "presets-title" });
const { line, complain } = complaints(name);
/** @type {Map<string, HTMLElement>} */
const entries = new Map(); // name -> its entry; the element is never replaced, because it may have the focus
/** @type {number | undefined | null} */
let count = null;

export function makePresets() {
  const button = make("button", { type: "submit" }, "Save");
  const { ease } = confirming(button, "Replace?", save, () => !entries.has(written()));
  name.addEventListener("input", ease);
  byId("presets").append(make("form", { class: "preset-new" }, name, button), line, list);
}

const written = () => name.value.trim();

async function save() {
  if (written() === "") return name.focus();
  if (isAway()) return complain(`it was not saved: ${whoIsAway()}.`);
  try {
    const saved = await post("preset", { action: "save", name: written() });
    say(`Saved ${saved.name}.`);
    name.value = "";
    await refresh();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    complain(error.message);
    if (error.isSilence) tell("silence");
  }
}

async function refresh() {
  try {
    const { presets } = await get("presets");
    tell("presets", presets);
    for (const [known, element] of entries) if (!presets.includes(known)) take(known, element);
    presets.forEach((/** @type {string} */ each, /** @type {number} */ index) => {
      const element = entries.get(each) ?? entry(each);
      entries.set(each, element);
      if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
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
  return make("li", {}, make("button", { type: "button", class: "load", onclick: load }, known), button);
}

on("facts", ({ presets }) => {
  if (presets !== undefined && presets === count) return;
  count = presets;
  refresh();
});

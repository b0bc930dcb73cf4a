/** The row of tabs of the decks. It appears when there is more than one deck. */
import { confirming } from "../parts/confirm.js";
import { byId, make } from "../parts/dom.js";
import { on } from "../state/bus.js";
import { addDeck, decks, isPlaying, removeDeck, showDeck } from "../state/decks.js";
import { store } from "../state/store.js";

/** @type {Record<string, number>} */
const SIGNS = { ArrowRight: 1, ArrowLeft: -1 };
/** @type {Map<string, HTMLElement>} */
const tabs = new Map(); // the elements are never replaced, because one may have the focus or be pressed

export function makeDeckTabs() {
  for (const id of ["add-deck", "add-another"]) byId(id).addEventListener("click", addDeck);
  const { ease } = confirming(byId("remove-deck"), "Remove?", () => removeDeck(decks.shown));
  byId("deck-tabs").addEventListener("keydown", step);
  on("deck", ease);
  on("decks", show);
  on("transport", mark);
}

function show() {
  const several = decks.names.length > 1;
  byId("decks").hidden = !several;
  byId("add-deck").hidden = several || !decks.canChange;
  const list = byId("deck-tabs");
  const hadFocus = list.contains(document.activeElement);
  for (const [name, element] of tabs) {
    if (decks.names.includes(name)) continue;
    tabs.delete(name);
    element.remove();
  }
  for (const name of decks.names) {
    const element = tabs.get(name) ?? tab(name);
    if (!tabs.has(name)) list.append(element);
    tabs.set(name, element);
  }
  byId("remove-deck").hidden = decks.shown === decks.names[0]; // the first deck always exists
  mark();
  if (hadFocus && several) tabs.get(decks.shown)?.focus();
}

/** @type {(name: string) => HTMLElement} */
const tab = (name) => make("button", {
  type: "button", role: "tab", "aria-controls": "main", "data-deck": name, onclick: () => showDeck(name),
}, make("i", { "aria-hidden": "true" }), name);

function mark() {
  for (const [name, element] of tabs) {
    const isChosen = name === decks.shown;
    const plays = isChosen ? store.transport.state === "playing" : isPlaying(name);
    element.setAttribute("aria-selected", String(isChosen));
    element.setAttribute("aria-label", plays ? `${name}, plays` : name);
    element.tabIndex = isChosen ? 0 : -1;
    element.dataset.plays = String(plays);
  }
}

/** @type {(event: KeyboardEvent) => void} */
function step(event) {
  const sign = SIGNS[event.key];
  if (!sign || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const { names, shown } = decks;
  showDeck(names[(names.indexOf(shown) + sign + names.length) % names.length]);
  tabs.get(decks.shown)?.focus();
}

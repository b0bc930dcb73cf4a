/** The sections: a press queues one for the next phrase, or for the next bar. What is queued blinks, and a second press takes it back. */
import { byId, make } from "../parts/dom.js";
import { BEATS_PER_BAR } from "../parts/music.js";
import { pressing } from "../parts/press.js";
import { keyRow, shortcut } from "../parts/shortcuts.js";
import { say } from "../parts/toast.js";
import { heard } from "../parts/waits.js";
import { ask } from "../state/api.js";
import { on } from "../state/bus.js";
import { askNow } from "../state/now.js";
import { store } from "../state/store.js";

/** @type {Record<string, string>} The keys of the sections. */
const KEYS = { i: "intro", b: "build", d: "drop", g: "groove", k: "break", o: "outro" };
const AUTO = "auto";
/** @type {Map<string, { phrase: HTMLElement, bar: HTMLElement, wait: HTMLElement }>} */
const tiles = new Map();
let sounding = "";

export function makeSections() {
  pressing(byId("next-section"), { tap: next });
  pressing(byId("hold"), { tap: hold });
  for (const [key, name] of Object.entries(KEYS)) {
    shortcut(key, "", () => press(name, "phrase"));
    shortcut(`Shift+${key}`, "", () => press(name, "bar"));
  }
  keyRow("I B D G K O", "intro, build, drop, groove, break, outro at the next phrase; with Shift at the next bar; again takes it back");
  shortcut("n", "the next section, at the next bar", next);
  shortcut("h", "holds the section, and lets it go", hold);
}

on("specs", ({ section }) => {
  tiles.clear();
  byId("sections").replaceChildren(...(section?.choices ?? []).filter((name) => name !== AUTO).map(tile));
  show();
});

/** @type {(name: string) => HTMLElement} */
function tile(name) {
  const wait = make("small");
  const phrase = make("button", { type: "button", class: "tile-phrase", title: `${name} at the next phrase` }, make("span", {}, name), wait);
  const bar = make("button", { type: "button", class: "tile-bar", title: `${name} at the next bar`, "aria-label": `${name} now, at the next bar` }, "now");
  pressing(phrase, { tap: () => press(name, "phrase") });
  pressing(bar, { tap: () => press(name, "bar") });
  tiles.set(name, { phrase, bar, wait });
  return make("div", { class: "section-tile", "data-section": name }, phrase, bar);
}

const queued = () => store.state.pending?.section;
const isHeld = () => store.params.section !== AUTO;

/** Queue a section, or take it back if it is queued, or let it go if it is held. A section needs the director, so it is turned on.
 * @type {(name: string, at: string) => void} */
function press(name, at) {
  if (queued()?.target === name) return void cancel("set", ({ params }) => params?.section === name);
  set(name === sounding && store.params.section === name && !queued() ? AUTO : name, at);
}

/** @type {(name: string, at: string) => Promise<void>} */
async function set(name, at) {
  const director = store.params.director === false && name !== AUTO ? { director: true } : {};
  await askNow("set", { params: { section: name, ...director }, at }, name);
}

/** Stay in the section that sounds, or let it go; a section that is queued is let go too. */
function hold() {
  if (isHeld() || queued()) set(AUTO, "bar");
  else if (sounding) set(sounding, "bar");
}

async function next() {
  if (isComing()) return cancel("next", () => true);
  const told = await askNow("next", {}, "Next section");
  if (told) say(`${told.section}${heard(told)}.`);
}

const isComing = () => (store.state.coming ?? []).some(({ what }) => what === "next");

/** Take back what waits for its beat.
 * @type {(what: string, isMeant: (waiting: { params?: Params }) => boolean) => Promise<void>} */
async function cancel(what, isMeant) {
  const listed = await askNow("pending", { action: "list" }, "Take it back");
  const found = listed?.pending.filter((/** @type {{ what: string, params?: Params }} */ each) => each.what === what && isMeant(each)) ?? [];
  for (const { id } of found) await ask("pending", { action: "cancel", pending_id: id });
}

function show() {
  const asked = queued();
  for (const [name, { phrase, bar, wait }] of tiles) {
    const isQueued = asked?.target === name;
    const left = asked && Math.ceil((asked.from_beat - store.beat) / BEATS_PER_BAR);
    phrase.classList.toggle("queued", isQueued);
    phrase.setAttribute("aria-current", String(name === sounding));
    const words = isQueued ? `in ${left} ${left === 1 ? "bar" : "bars"}` : name === sounding && isHeld() ? "held" : "";
    if (wait.textContent !== words) wait.textContent = words;
    const label = isQueued ? "cancel" : "now";
    if (bar.textContent !== label) bar.textContent = label;
  }
  byId("hold").setAttribute("aria-pressed", String(isHeld()));
  byId("next-section").classList.toggle("queued", isComing());
}

on("tick", ({ beat, section }) => {
  const isTurn = section !== sounding || beat % BEATS_PER_BAR === 0;
  sounding = section;
  if (isTurn) show();
});
on("deck", () => {
  sounding = "";
  show();
});
on("params", (params) => { if ("section" in params) show(); });
on("pending", show);
on("facts", show);

/** The layout of the page to perform: which panels it has, in which column and order. The browser stores it. */
import { byId, find, make } from "../parts/dom.js";
import { opened } from "../parts/openings.js";

const STORED = "edmd-layout";
/** @typedef {"left" | "right"} Side */
/** @typedef {Record<Side, string[]>} Layout */
/** @type {Side[]} */
const SIDES = ["left", "right"];
/** @type {Map<string, { element: HTMLElement, title: string, home: HTMLElement, after: Element | null }>} */
const panels = new Map();
/** @type {Layout} */
let usual = { left: [], right: [] };
/** @type {Layout} */
let layout = usual;
let closed = () => {};

export function makeLayout() {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-panel]"))) {
    const { panel = "", title = "" } = element.dataset;
    panels.set(panel, { element, title, home: element.parentElement ?? document.body, after: element.previousElementSibling });
  }
  usual = /** @type {Layout} */ (Object.fromEntries(SIDES.map((side) => [side, [...column(side).children].map((each) => /** @type {HTMLElement} */ (each).dataset.panel ?? "")])));
  layout = stored() ?? usual;
  byId("arrange").addEventListener("click", () => {
    byId("menu").close();
    turn(!isOn());
  });
  place();
}

/** @type {(side: Side) => HTMLElement} */
const column = (side) => find(`[data-column="${side}"]`);

const isOn = () => document.body.classList.contains("is-arranging");

/** Return the stored layout without panels that this version does not have, or null.
 * @type {() => Layout | null} */
function stored() {
  try {
    const told = JSON.parse(localStorage.getItem(STORED) ?? "null");
    return told && /** @type {Layout} */ (Object.fromEntries(SIDES.map((side) => [side, told[side].filter((/** @type {string} */ name) => panels.has(name))])));
  } catch {
    return null;
  }
}

/** Put each panel where the layout says. One that is not in it goes back to its own page; those of this page are then hidden. */
function place() {
  const shown = new Set(SIDES.flatMap((side) => layout[side]));
  for (const [name, { element, home, after }] of panels) {
    const isOwn = SIDES.some((side) => usual[side].includes(name));
    element.hidden = isOwn && !shown.has(name);
    if (shown.has(name) || isOwn || element.parentElement === home) continue;
    if (after?.parentElement === home) after.after(element);
    else home.prepend(element);
  }
  for (const side of SIDES) for (const name of layout[side]) column(side).append(/** @type {{ element: HTMLElement }} */ (panels.get(name)).element);
  if (isOn()) cover();
}

/** @type {(isSo: boolean) => void} */
function turn(isSo) {
  document.body.classList.toggle("is-arranging", isSo);
  byId("arrange").setAttribute("aria-pressed", String(isSo));
  byId("arranging").hidden = !isSo;
  closed();
  closed = isSo ? opened(() => turn(false)) : () => {};
  if (!isSo) return uncover();
  location.hash = "perform";
  cover();
}

function uncover() {
  for (const each of document.querySelectorAll(".arrange-cover")) each.remove();
}

/** @type {(next: Layout) => void} */
function change(next) {
  layout = next;
  if (next === usual) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, JSON.stringify(next));
  place();
}

/** Lay over each panel the buttons that move it, and list the panels that are not shown. */
function cover() {
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.arrange : undefined;
  uncover();
  for (const side of SIDES) layout[side].forEach((name, index) => panels.get(name)?.element.append(covering(name, side, index)));
  const others = [...panels].filter(([name]) => !SIDES.some((side) => layout[side].includes(name)));
  byId("arranging").replaceChildren(make("p", {}, "Drag a panel, or move it with its arrows. Add others:"),
    ...others.map(([name, { title }]) => make("button", { type: "button", "data-arrange": `add ${name}`, onclick: () => move(name, "right", layout.right.length) }, `+ ${title}`)),
    make("button", { type: "button", "data-arrange": "usual", onclick: () => change(usual) }, "As it was"),
    make("button", { type: "button", class: "primary", "data-arrange": "done", onclick: () => turn(false) }, "Done"));
  /** @type {HTMLElement | null} */ (document.querySelector(`[data-arrange="${focused}"]`))?.focus();
}

/** @type {(name: string, side: Side, index: number) => HTMLElement} */
function covering(name, side, index) {
  const title = panels.get(name)?.title ?? name;
  const other = side === "left" ? "right" : "left";
  /** @type {(sign: string, words: string, act: () => void) => HTMLElement} */
  const button = (sign, words, act) => make("button", { type: "button", "aria-label": `${title}: ${words}`, title: words, "data-arrange": `${name} ${words}`, onclick: act }, sign);
  const box = make("div", { class: "arrange-cover", draggable: "true" }, make("b", {}, title),
    button("↑", "up", () => move(name, side, Math.max(index - 1, 0))), button("↓", "down", () => move(name, side, index + 1)),
    button(side === "left" ? "→" : "←", "to the other column", () => move(name, other, Math.min(index, layout[other].length))),
    button("×", "take away", () => change(without(name))));
  box.addEventListener("dragstart", (event) => event.dataTransfer?.setData("text/plain", name));
  box.addEventListener("dragover", (event) => event.preventDefault());
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    const dragged = event.dataTransfer?.getData("text/plain") ?? "";
    if (panels.has(dragged)) move(dragged, side, index);
  });
  return box;
}

/** @type {(name: string) => Layout} */
const without = (name) => ({ left: layout.left.filter((each) => each !== name), right: layout.right.filter((each) => each !== name) });

/** @type {(name: string, side: Side, index: number) => void} */
function move(name, side, index) {
  const next = without(name);
  next[side].splice(index, 0, name);
  change(next);
}

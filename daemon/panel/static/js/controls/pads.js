/** Pads: areas that change two parameters at once. */
import { leapOf, register, stepOf, words } from "./dials.js";
import { freshId, make } from "../parts/dom.js";
import { gestures } from "../parts/gestures.js";
import { change, valueOf } from "../state/hands.js";
import { readable } from "../parts/names.js";
import { store } from "../state/store.js";

const PADS = [
  ["energy", "density", "acid"],
  ["melody.temperature", "repetition", "chords"],
];

const FINE = 0.1;
const STORED = "edmd-pad";
/** @type {Axes} */
const USUAL = { across: "energy", up: "classical_mix" };

/** @typedef {{ across: string, up: string }} Axes The two parameters of a pad. */

/** Return the description of a parameter that is a number.
 * @type {(name: string) => NumberSpec} */
const specOf = (name) => /** @type {NumberSpec} */ (store.specs[name]);

/** @type {(box: HTMLElement) => void} */
export function makePads(box) {
  const fitting = PADS.filter(([across, up]) => store.specs[across] && store.specs[up]);
  box.replaceChildren(...fitting.map(([across, up, tone]) => fixedPad({ across, up }, tone)));
}

/** @type {(axes: Axes, tone: string) => HTMLElement} */
function fixedPad(axes, tone) {
  const title = freshId("pad");
  const { area, xWords, yWords, show } = pad(axes, false);
  const box = make("section", { class: "card pad-box", role: "group", "aria-labelledby": title },
    make("h2", { id: title }, `${short(axes.across)} by ${short(axes.up)}`), area,
    make("div", { class: "pad-words" }, make("span", {}, `→ ${short(axes.across)} `, xWords), make("span", {}, `↑ ${short(axes.up)} `, yWords)));
  box.style.setProperty("--tone", `var(--${tone})`);
  for (const name of [axes.across, axes.up]) register(name, show);
  return box;
}

/** Return the stored parameters of the own pad; the usual one where none of `numbers` is stored.
 * @type {(numbers: string[]) => Axes} */
function storedAxes(numbers) {
  let stored;
  try {
    stored = JSON.parse(localStorage.getItem(STORED) ?? "{}");
  } catch {
    stored = {};
  }
  const axis = (/** @type {keyof Axes} */ name) => (numbers.includes(stored?.[name]) ? stored[name] : USUAL[name]);
  return { across: axis("across"), up: axis("up") };
}

/** Fill `box` with a pad whose two parameters can be chosen; the browser stores the choice.
 * @type {(box: HTMLElement) => void} */
export function makeOwnPad(box) {
  const numbers = Object.keys(store.specs).filter((name) => store.specs[name].type === "float");
  const axes = storedAxes(numbers);
  const { area, xWords, yWords, show } = pad(axes, true);
  const choice = (/** @type {keyof Axes} */ axis, /** @type {string} */ sign, /** @type {string} */ label, /** @type {HTMLElement} */ shown) => {
    const select = make("select", { "aria-label": label, "data-axis": axis, onchange: () => {
      axes[axis] = select.value;
      localStorage.setItem(STORED, JSON.stringify(axes));
      show();
    } }, ...numbers.map((name) => make("option", { value: name, selected: name === axes[axis] }, readable(name))));
    return make("label", {}, make("span", { "aria-hidden": "true" }, sign), select, shown);
  };
  const turn = make("button", { type: "button", class: "assign", "aria-label": "Choose what the pad changes", "aria-expanded": "false", onclick: () => {
    turn.setAttribute("aria-expanded", String(box.classList.toggle("assigning")));
  } }, "XY");
  box.replaceChildren(make("h2", { class: "hidden-words" }, "Pad"), area, turn,
    make("div", { class: "axes" }, choice("across", "→", "What the pad changes sideways", xWords), choice("up", "↑", "What the pad changes upwards", yWords)));
  box.style.setProperty("--tone", "var(--acid)");
  for (const name of numbers) register(name, () => { if (name === axes.across || name === axes.up) show(); });
  show();
}

/** @type {(name: string) => string} */
const short = (name) => name.split(".").at(-1) ?? name;

/** Make a pad for two parameters; `axes` may change later. `isFree`: a finger may drag in any direction anywhere on it.
 * @type {(axes: Axes, isFree: boolean) => { area: HTMLElement, xWords: HTMLElement, yWords: HTMLElement, show: () => void }} */
function pad(axes, isFree) {
  const xWords = make("b");
  const yWords = make("b");
  const thumb = make("div", { class: "thumb", tabindex: 0, role: "slider", "aria-roledescription": "pad" });
  const area = make("div", { class: "pad" }, thumb);
  const at = (/** @type {string} */ name) => Number(valueOf(name));
  const show = () => {
    const { across, up } = axes;
    const [low, high] = specOf(across).range;
    area.style.setProperty("--x", `${100 * shareOf(across, at(across))}%`);
    area.style.setProperty("--y", `${100 - 100 * shareOf(up, at(up))}%`);
    xWords.textContent = words(at(across), specOf(across));
    yWords.textContent = words(at(up), specOf(up));
    /** @type {[string, string | number][]} */
    const told = [["valuemin", low], ["valuemax", high], ["valuenow", at(across)], ["valuetext", `${short(across)} ${xWords.textContent}, ${short(up)} ${yWords.textContent}`],
      ["label", `${short(across)} with the left and right arrow keys, ${short(up)} with up and down`]];
    for (const [name, value] of told) thumb.setAttribute(`aria-${name}`, String(value));
  };
  const put = (/** @type {number} */ x, /** @type {number} */ y, parts = 1) => change({ [axes.across]: valueAt(axes.across, x, parts), [axes.up]: valueAt(axes.up, 1 - y, parts) });
  follow(area, thumb, isFree, {
    put, home: () => change({ [axes.across]: specOf(axes.across).default, [axes.up]: specOf(axes.up).default }),
    place: () => ({ x: shareOf(axes.across, at(axes.across)), y: 1 - shareOf(axes.up, at(axes.up)) }),
  });
  thumb.addEventListener("keydown", (event) => step(event, { [axes.across]: at(axes.across), [axes.up]: at(axes.up) }, axes.across, axes.up));
  return { area, xWords, yWords, show };
}

/**
 * Move the thumb by a tap or by a drag. On a pad that is not free the drag begins sideways: a vertical swipe scrolls the page, unless
 * it begins on the thumb. With Shift a drag is ten times finer. Two taps put both parameters back to their defaults.
 * @typedef {{ x: number, y: number }} Place A place on a pad, from 0 to 1.
 * @type {(area: HTMLElement, thumb: HTMLElement, isFree: boolean, acts: { put: (x: number, y: number, parts?: number) => void, home: () => void, place: () => Place }) => void}
 */
function follow(area, thumb, isFree, { put, home, place }) {
  const within = (/** @type {number} */ share) => Math.min(Math.max(share, 0), 1);
  /** @type {(event: PointerEvent) => Place} */
  const share = ({ clientX, clientY }) => {
    const { left, top, width, height } = area.getBoundingClientRect();
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  };
  let offset = { x: 0, y: 0 };
  let last = { x: 0, y: 0 };
  let fine = { x: 0, y: 0 }; // where a fine drag is, which the rounded values do not tell
  let isOnThumb = false;
  area.addEventListener("pointerdown", ({ target }) => { isOnThumb = target === thumb; }, true);
  const to = (/** @type {PointerEvent} */ event) => {
    thumb.focus({ preventScroll: true });
    const now = share(event);
    if (event.shiftKey) {
      fine = { x: within(fine.x + FINE * (now.x - last.x)), y: within(fine.y + FINE * (now.y - last.y)) };
      offset = { x: fine.x - now.x, y: fine.y - now.y };
    } else fine = { x: within(now.x + offset.x), y: within(now.y + offset.y) };
    last = now;
    put(fine.x, fine.y, event.shiftKey ? 10 : 1);
  };
  gestures(area, {
    isFree: ({ target }) => isFree || target === thumb,
    tap(event) {
      offset = { x: 0, y: 0 };
      if (isOnThumb) thumb.focus({ preventScroll: true });
      else if (!event.shiftKey) to(event);
    },
    twice: home,
    begin(event) {
      last = share(event);
      fine = place();
      offset = isOnThumb ? { x: fine.x - last.x, y: fine.y - last.y } : { x: 0, y: 0 };
    },
    drag: to,
  });
}

/** @type {(event: KeyboardEvent, at: Record<string, number>, across: string, up: string) => void} */
function step(event, at, across, up) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  /** @type {Record<string, [string, number]>} */
  const moves = { ArrowLeft: [across, -1], ArrowRight: [across, 1], ArrowDown: [up, -1], ArrowUp: [up, 1], PageDown: [up, -2], PageUp: [up, 2], Home: [up, 0], End: [up, 0] };
  const move = moves[event.key];
  if (!move) return;
  event.preventDefault();
  const [name, count] = move;
  if (count === 0) return; // Home and End do nothing: a slip would jump to an end
  const wide = event.shiftKey ? stepOf(specOf(name)) : leapOf(specOf(name));
  const [low, high] = specOf(name).range;
  change({ [name]: rounded(name, Math.min(Math.max(at[name] + count * wide, low), high)) });
}

/** @type {(name: string, value: number) => number} */
function shareOf(name, value) {
  const [low, high] = specOf(name).range;
  return (value - low) / (high - low);
}

/** @type {(name: string, share: number, parts?: number) => number} */
function valueAt(name, share, parts = 1) {
  const [low, high] = specOf(name).range;
  return rounded(name, low + share * (high - low), parts);
}

/** Round to steps of the parameter, or to parts of a step.
 * @type {(name: string, value: number, parts?: number) => number} */
function rounded(name, value, parts = 1) {
  const [low, high] = specOf(name).range;
  const wide = stepOf(specOf(name)) / parts;
  return Math.min(Math.max(+(Math.round(value / wide) * wide).toFixed(4), low), high);
}

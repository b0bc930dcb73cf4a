/** Pads: areas that change two parameters at once. */
import { leapOf, register, stepOf, words } from "./dials.js";
import { freshId, make } from "../parts/dom.js";
import { gestures } from "../parts/gestures.js";
import { change } from "../state/hands.js";
import { colour } from "../parts/music.js";
import { store } from "../state/store.js";

const PADS = [
  ["energy", "density", "acid"],
  ["melody.temperature", "repetition", "chords"],
];

/** Return the description of a parameter that is a number.
 * @type {(name: string) => NumberSpec} */
const specOf = (name) => /** @type {NumberSpec} */ (store.specs[name]);

/** @type {(box: HTMLElement) => void} */
export function makePads(box) {
  const fitting = PADS.filter(([across, up]) => store.specs[across] && store.specs[up]);
  box.replaceChildren(...fitting.map(([across, up, tone]) => pad(across, up, colour(tone))));
}

/** @type {(across: string, up: string, tone: string) => HTMLElement} */
function pad(across, up, tone) {
  const title = freshId("pad");
  const xWords = make("b");
  const yWords = make("b");
  const label = (/** @type {string} */ name) => name.split(".").at(-1);
  const [low, high] = specOf(across).range;
  const thumb = make("div", {
    class: "thumb", tabindex: 0, role: "slider", "aria-roledescription": "pad", "aria-valuemin": low, "aria-valuemax": high,
    "aria-label": `${label(across)} with the left and right arrow keys, ${label(up)} with up and down`,
  });
  const area = make("div", { class: "pad" }, thumb);
  const box = make("section", { class: "card pad-box", role: "group", "aria-labelledby": title },
    make("h2", { id: title }, `${label(across)} by ${label(up)}`), area,
    make("div", { class: "pad-words" }, make("span", {}, `→ ${label(across)} `, xWords), make("span", {}, `↑ ${label(up)} `, yWords)));
  box.style.setProperty("--tone", tone);
  /** @type {Record<string, number>} */
  const at = { [across]: low, [up]: specOf(up).range[0] };
  const show = (/** @type {string} */ name) => (/** @type {Value} */ value) => {
    at[name] = Number(value);
    area.style.setProperty("--x", `${100 * shareOf(across, at[across])}%`);
    area.style.setProperty("--y", `${100 - 100 * shareOf(up, at[up])}%`);
    xWords.textContent = words(at[across], specOf(across));
    yWords.textContent = words(at[up], specOf(up));
    thumb.setAttribute("aria-valuenow", String(at[across]));
    thumb.setAttribute("aria-valuetext", `${label(across)} ${xWords.textContent}, ${label(up)} ${yWords.textContent}`);
  };
  register(across, show(across));
  register(up, show(up));
  follow(area, thumb, (x, y) => change({ [across]: valueAt(across, x), [up]: valueAt(up, 1 - y) }));
  thumb.addEventListener("keydown", (event) => step(event, at, across, up));
  return box;
}

/** Move the thumb by a tap or by a drag that begins sideways. A vertical swipe scrolls the page, unless it begins on the thumb.
 * @type {(area: HTMLElement, thumb: HTMLElement, move: (x: number, y: number) => void) => void} */
function follow(area, thumb, move) {
  let offset = { x: 0, y: 0 };
  let isOnThumb = false;
  const to = (/** @type {PointerEvent} */ { clientX, clientY }) => {
    thumb.focus({ preventScroll: true });
    const { left, top, width, height } = area.getBoundingClientRect();
    /** @type {(place: number, from: number, size: number) => number} */
    const part = (place, from, size) => Math.min(Math.max((place - from) / size, 0), 1);
    move(part(clientX + offset.x, left, width), part(clientY + offset.y, top, height));
  };
  area.addEventListener("pointerdown", ({ target }) => { isOnThumb = target === thumb; }, true);
  gestures(area, {
    isFree: ({ target }) => target === thumb,
    tap(event) {
      offset = { x: 0, y: 0 };
      if (isOnThumb) thumb.focus({ preventScroll: true });
      else to(event);
    },
    begin({ clientX, clientY }) {
      const { left, top, width, height } = thumb.getBoundingClientRect();
      offset = isOnThumb ? { x: left + width / 2 - clientX, y: top + height / 2 - clientY } : { x: 0, y: 0 };
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

/** @type {(name: string, share: number) => number} */
function valueAt(name, share) {
  const [low, high] = specOf(name).range;
  return rounded(name, low + share * (high - low));
}

/** @type {(name: string, value: number) => number} */
function rounded(name, value) {
  const [low, high] = specOf(name).range;
  const wide = stepOf(specOf(name));
  return Math.min(Math.max(+(Math.round(value / wide) * wide).toFixed(4), low), high);
}

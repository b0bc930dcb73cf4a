/**
 * Sliders for fingers, keys and wheels. A drag along the track, a tap on it, a step key or the wheel changes the value; with Shift ten
 * times finer. Two taps bring the usual value back. The wheel acts on the slider that has the focus, so that others scroll the page,
 * and on all of a page that does not scroll (`data-wheel`). Home and End do nothing.
 */
import { gestures } from "./gestures.js";

const THUMB = 24;
const SLIPPED = 10;
const FINE = 10;
/** @type {Record<string, number>} */
const ARROWS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
/** @type {Record<string, number>} */
const LEAPS = { PageUp: 1, PageDown: -1, Home: 0, End: 0 };

/** Make an `input` of type range behave as described above. `leap` is the step of Page up and Page down, `home()` brings the usual value. The
 * steps with Shift are at least `least`, 1 for whole numbers.
 * @type {(range: HTMLInputElement, leap: number, home?: () => void, least?: number) => void} */
export function tame(range, leap, home, least = 0) {
  const step = +range.step;
  const fine = Math.max(step / FINE, least);
  range.step = "any"; // else the browser rounds fine values
  /** @type {string | null} */
  let own = null; // the value while a pointer is down; the browser's own reaction to the pointer is undone
  let offset = 0;
  const place = () => {
    const { left, width } = range.getBoundingClientRect();
    return left + THUMB / 2 + shareOf(range) * (width - THUMB);
  };
  const set = (/** @type {number} */ value, isFine = false) => {
    put(range, value, isFine ? fine : step);
    if (own !== null) own = range.value;
  };
  const valueAt = (/** @type {number} */ x) => {
    const { left, width } = range.getBoundingClientRect();
    const share = Math.min(Math.max((x - left - THUMB / 2) / (width - THUMB), 0), 1);
    return +range.min + share * (+range.max - +range.min);
  };
  let last = 0; // the last place of a drag
  let exact = 0; // the value of a fine drag before it is rounded
  const drag = (/** @type {PointerEvent} */ { clientX, shiftKey }) => {
    const moved = (clientX - last) / (range.getBoundingClientRect().width - THUMB) * (+range.max - +range.min);
    exact = shiftKey ? Math.min(Math.max(exact + moved / FINE, +range.min), +range.max) : valueAt(clientX + offset);
    set(exact, shiftKey);
    if (shiftKey) offset = place() - clientX;
    last = clientX;
  };
  const release = () => setTimeout(() => { own = null; });
  range.addEventListener("pointerdown", ({ button }) => {
    if (button !== 0) return;
    own = range.value;
    // The pointer may be released anywhere.
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, release, { once: true });
  });
  range.addEventListener("input", (event) => {
    if (!event.isTrusted || own === null) return;
    range.value = own;
    event.stopImmediatePropagation();
  }, true);
  gestures(range, {
    tap({ clientX }) {
      range.focus({ preventScroll: true });
      if (Math.abs(place() - clientX) > THUMB / 2) set(valueAt(clientX));
    },
    twice: home,
    begin({ clientX }) {
      range.focus({ preventScroll: true });
      const far = place() - clientX;
      offset = Math.abs(far) <= THUMB / 2 + SLIPPED ? far : 0; // a drag that begins on the thumb does not make it jump
      last = clientX;
      exact = +range.value;
    },
    drag,
  });
  range.addEventListener("wheel", (event) => {
    if (event.ctrlKey || (document.activeElement !== range && !range.closest("[data-wheel]"))) return;
    event.preventDefault();
    const sign = -Math.sign(event.deltaY || event.deltaX); // with Shift browsers turn the wheel sideways
    if (sign) set(+range.value + sign * (event.shiftKey ? fine : step), event.shiftKey);
  }, { passive: false });
  range.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    const leaps = LEAPS[event.key];
    if (arrow === undefined && leaps === undefined) return;
    event.preventDefault();
    if (arrow) set(+range.value + arrow * (event.shiftKey ? fine : step), event.shiftKey);
    else if (leaps) set(+range.value + leaps * leap);
  });
}

/** Set a slider to a value, rounded to a step and within its ends, as if the user had moved it.
 * @type {(range: HTMLInputElement, value: number, step: number) => void} */
export function put(range, value, step) {
  const before = range.value;
  const [low, high] = [+range.min, +range.max];
  const rounded = low + Math.round((Math.min(Math.max(value, low), high) - low) / step) * step;
  range.value = String(+Math.min(rounded, high).toFixed(6));
  if (range.value !== before) range.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Return the position of a slider's value, from 0 to 1.
 * @type {(range: HTMLInputElement) => number} */
export const shareOf = (range) => (+range.value - +range.min) / (+range.max - +range.min);

/** Sliders for fingers and keys. A drag along the track, a tap on it or a step key changes the value. Home and End do nothing. */
import { gestures } from "./gestures.js";

const THUMB = 24;
const SLIPPED = 10;
/** @type {Record<string, number>} */
const SIGNS = { PageUp: 1, PageDown: -1, Home: 0, End: 0 };

/** Make an `input` of type range behave as described above. `leap` is the step of Page up and Page down.
 * @type {(range: HTMLInputElement, leap: number) => void} */
export function tame(range, leap) {
  /** @type {string | null} */
  let own = null; // the value while a pointer is down; the browser's own reaction to the pointer is undone
  let offset = 0;
  const place = () => {
    const { left, width } = range.getBoundingClientRect();
    return left + THUMB / 2 + shareOf(range) * (width - THUMB);
  };
  const put = (/** @type {number} */ value) => {
    const before = range.value;
    range.value = String(value);
    if (own !== null) own = range.value;
    if (range.value !== before) range.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const follow = (/** @type {number} */ x) => {
    const { left, width } = range.getBoundingClientRect();
    const share = Math.min(Math.max((x - left - THUMB / 2) / (width - THUMB), 0), 1);
    put(+range.min + share * (+range.max - +range.min));
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
      if (Math.abs(place() - clientX) > THUMB / 2) follow(clientX);
    },
    begin({ clientX }) {
      range.focus({ preventScroll: true });
      const far = place() - clientX;
      offset = Math.abs(far) <= THUMB / 2 + SLIPPED ? far : 0; // a drag that begins on the thumb does not make it jump
    },
    drag: ({ clientX }) => follow(clientX + offset),
  });
  range.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const sign = SIGNS[event.key];
    if (sign === undefined) return;
    event.preventDefault();
    if (sign) put(Math.min(Math.max(+range.value + sign * leap, +range.min), +range.max));
  });
}

/** Return the position of a slider's value, from 0 to 1.
 * @type {(range: HTMLInputElement) => number} */
export const shareOf = (range) => (+range.value - +range.min) / (+range.max - +range.min);

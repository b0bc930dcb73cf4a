/** Sliders under fingers and keys: a value changes by a drag along, a tap on the track or a step, and never jumps to an end. */
import { gestures } from "./gestures.js";

const THUMB = 24;
const SLIPPED = 10;

/** Tame an `input` of type range; `leap` is how far PageUp and PageDown go. */
export function tame(range, leap) {
  let own = null; // the value while a pointer is on it: what the browser makes of the pointer is undone
  let offset = 0;
  const place = () => {
    const { left, width } = range.getBoundingClientRect();
    return left + THUMB / 2 + shareOf(range) * (width - THUMB);
  };
  const put = (value) => {
    const before = range.value;
    range.value = value;
    if (own !== null) own = range.value;
    if (range.value !== before) range.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const follow = (x) => {
    const { left, width } = range.getBoundingClientRect();
    const share = Math.min(Math.max((x - left - THUMB / 2) / (width - THUMB), 0), 1);
    put(+range.min + share * (range.max - range.min));
  };
  const release = () => setTimeout(() => { own = null; });
  range.addEventListener("pointerdown", ({ button }) => {
    if (button !== 0) return;
    own = range.value;
    // It may be let go anywhere.
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
      offset = Math.abs(far) <= THUMB / 2 + SLIPPED ? far : 0; // taken by its thumb it does not jump
    },
    drag: ({ clientX }) => follow(clientX + offset),
  });
  range.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const sign = { PageUp: 1, PageDown: -1, Home: 0, End: 0 }[event.key];
    if (sign === undefined) return;
    event.preventDefault();
    if (sign) put(Math.min(Math.max(+range.value + sign * leap, +range.min), +range.max));
  });
}

/** Where the value of a slider is, from 0 to 1. */
export const shareOf = (range) => (range.value - range.min) / (range.max - range.min);

/**
 * Distinguishes taps, drags and swipes. A swipe scrolls the page and never changes a control, even if it begins on one:
 * the style sheet leaves vertical movement to the browser (`touch-action: pan-y`), which then cancels the pointer.
 */
/** @type {Record<string, number>} */
const THRESHOLD = { mouse: 3, pen: 6, touch: 10 };
const TAP_MS = 500;
const TWICE_MS = 350;
const TWICE_FAR = 16;
// A page that scrolls by itself moves at every frame. A page that a script scrolls moves once.
const ROLLING_MS = 200;
const ROLLING_MOVES = 4;
/** @type {number[]} */
const moves = [];

document.addEventListener("scroll", ({ timeStamp }) => {
  moves.push(timeStamp);
  if (moves.length > ROLLING_MOVES) moves.shift();
}, { capture: true, passive: true });

/**
 * Listen to one pointer at a time on `area`. `tap(event)`: the pointer was pressed and released in place; a long press
 * and a touch that stops a scrolling page do not count. `begin(event)`, then `drag(event)`: the pointer moved
 * sideways by more than a threshold. `twice()`: the pointer was tapped a second time at the same place, right after a tap. `isFree(event)`: whether a finger that is pressed there may drag in any direction.
 * A mouse always may.
 * @typedef {(event: PointerEvent) => void} Act
 * @type {(area: HTMLElement, acts: { tap: Act, twice?: () => void, begin?: Act, drag: Act, isFree?: (event: PointerEvent) => boolean }) => void}
 */
export function gestures(area, { tap, twice, begin = () => {}, drag, isFree = () => false }) {
  /** @type {{ id: number, x: number, y: number, isDragging: boolean, isFree: boolean, lastTap: number } | null} */
  let press = null;
  let first = { at: -Infinity, x: 0, y: 0 }; // the last tap
  area.addEventListener("pointerdown", (event) => {
    if (press || event.button !== 0) return;
    event.preventDefault(); // the browser would move a slider at once
    const isMouse = event.pointerType === "mouse";
    if (isMouse) area.setPointerCapture(event.pointerId);
    press = {
      id: event.pointerId, x: event.clientX, y: event.clientY, isDragging: false,
      isFree: isMouse || isFree(event), lastTap: isMouse ? Infinity : lastTap(event),
    };
  });
  area.addEventListener("pointermove", (event) => {
    if (press === null || event.pointerId !== press.id) return;
    if (press.isDragging) return drag(event);
    const [across, down] = [Math.abs(event.clientX - press.x), Math.abs(event.clientY - press.y)];
    const far = THRESHOLD[event.pointerType] ?? THRESHOLD.touch;
    if (press.isFree ? Math.max(across, down) >= far : across >= far && across > down) {
      press.isDragging = true;
      area.setPointerCapture(event.pointerId);
      begin(event);
    } else if (!press.isFree && down >= far) press = null; // a swipe on a page that has nothing to scroll
  });
  area.addEventListener("pointerup", (event) => {
    if (press === null || event.pointerId !== press.id) return;
    const isTap = !press.isDragging && event.timeStamp < press.lastTap;
    press = null;
    if (!isTap) return;
    const { timeStamp: at, clientX: x, clientY: y } = event;
    const isSecond = at - first.at < TWICE_MS && Math.hypot(x - first.x, y - first.y) < TWICE_FAR;
    first = { at: isSecond ? -Infinity : at, x, y };
    if (isSecond && twice) twice();
    else tap(event);
  });
  area.addEventListener("pointercancel", (event) => {
    if (event.pointerId === press?.id) press = null;
  });
}

/** Return the latest time at which releasing this pointer counts as a tap.
 * @type {(event: Event) => number} */
function lastTap({ timeStamp }) {
  const isRolling = moves.length === ROLLING_MOVES && timeStamp - moves[0] < ROLLING_MS;
  return isRolling ? timeStamp : timeStamp + TAP_MS;
}

/** Buttons for several fingers at once: browsers send a click for one finger alone. A finger acts where it is lifted in place. */
const THRESHOLD = 12;
const HOLD_MS = 600;
const ECHO_MS = 700; // within this time the browser sends its own click about a finger that has acted

/** Call `act(event)` once the pointer `id`, which is down, is lifted or taken away, wherever it is then: a mouse is not bound to what it
 * was pressed on.
 * @type {(id: number, act: (event: PointerEvent) => void) => void} */
export function lifted(id, act) {
  const kinds = /** @type {const} */ (["pointerup", "pointercancel"]);
  const end = (/** @type {PointerEvent} */ event) => {
    if (event.pointerId !== id) return;
    for (const kind of kinds) window.removeEventListener(kind, end);
    act(event);
  };
  for (const kind of kinds) window.addEventListener(kind, end);
}

/**
 * Call `tap(event)` when `button` is pressed by a finger, a mouse or a key. `hold()` is called instead when a finger or the
 * mouse rests on it.
 * @type {(button: HTMLElement, acts: { tap: (event: MouseEvent) => void, hold?: () => void }) => void}
 */
export function pressing(button, { tap, hold }) {
  /** @type {{ id: number, x: number, y: number, timer: number } | null} */
  let press = null;
  let acted = -Infinity;
  const end = () => {
    clearTimeout(press?.timer);
    press = null;
  };
  button.addEventListener("pointerdown", ({ pointerId: id, clientX: x, clientY: y, button: which }) => {
    if (press || which !== 0) return;
    press = { id, x, y, timer: setTimeout(rest, HOLD_MS) };
  });
  const rest = () => {
    if (!hold || !press) return;
    acted = Infinity; // until the pointer is lifted
    lifted(press.id, ({ target, timeStamp }) => {
      acted = target instanceof Node && button.contains(target) ? timeStamp : -Infinity; // elsewhere no click follows
    });
    end();
    hold();
  };
  button.addEventListener("pointerup", (event) => {
    if (press?.id !== event.pointerId) return;
    const isNear = Math.hypot(event.clientX - press.x, event.clientY - press.y) < THRESHOLD;
    end();
    if (event.pointerType === "mouse") return; // its click comes
    acted = event.timeStamp;
    if (isNear && !button.hasAttribute("disabled")) tap(event);
  });
  button.addEventListener("pointermove", (event) => {
    if (press?.id === event.pointerId && Math.hypot(event.clientX - press.x, event.clientY - press.y) >= THRESHOLD) clearTimeout(press.timer);
  });
  for (const kind of /** @type {const} */ (["pointercancel", "pointerleave"])) button.addEventListener(kind, end);
  button.addEventListener("contextmenu", (event) => { if (hold) event.preventDefault(); });
  button.addEventListener("click", (event) => {
    const isEcho = event.detail > 0 && event.timeStamp - acted < ECHO_MS;
    if (!isEcho) tap(event);
  });
}

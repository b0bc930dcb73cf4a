/** A lock against stray hands: nothing on the page acts, except panic. Resting on the lock for a moment opens it; with keys, Enter on it. */
import { byId } from "../parts/dom.js";
import { pressing } from "../parts/press.js";
import { shortcut } from "../parts/shortcuts.js";
import { say } from "../parts/toast.js";

// All but the lock and panic.
const LOCKED = ".brand, nav, .transport, #menu-open, #place, #decks, main, footer, .skip";

export function makeLock() {
  pressing(byId("lock"), {
    tap: ({ type, detail }) => {
      if (!isLocked()) return turn(true);
      if (type === "click" && detail === 0) turn(false); // a key
      else say("Rest on the lock for a moment to open it.");
    },
    hold: () => turn(!isLocked()),
  });
  shortcut("l", "locks the page against stray hands; Enter on the lock opens it", () => {
    turn(true);
    byId("lock").focus();
  });
}

const isLocked = () => document.body.dataset.locked === "true";

/** @type {(isSo: boolean) => void} */
function turn(isSo) {
  document.body.dataset.locked = String(isSo);
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(LOCKED))) each.inert = isSo;
  byId("locked").hidden = !isSo;
  byId("lock").setAttribute("aria-pressed", String(isSo));
  byId("lock").setAttribute("aria-label", isSo ? "Locked: hold to unlock" : "Lock the page");
}

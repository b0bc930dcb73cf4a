/** Undo and redo of what was changed: parameters, mutes, presets, morphs, sections, seed, model, and a restart. */
import { byId } from "../parts/dom.js";
import { pressing } from "../parts/press.js";
import { shortcut } from "../parts/shortcuts.js";
import { say } from "../parts/toast.js";
import { askNow } from "../state/now.js";

const SHOWN = 3;

export function makeUndo() {
  pressing(byId("undo"), { tap: undo });
  pressing(byId("redo"), { tap: redo });
  shortcut("u", "takes back the last change; also Control and Z", undo);
  shortcut("Shift+u", "", redo);
  shortcut("Control+z", "", undo);
  shortcut("Control+Shift+z", "does again what was taken back; also Shift and U", redo);
  shortcut("Control+y", "", redo);
}

const undo = () => turn("undo", "Undo", "Taken back", " again");
const redo = () => turn("redo", "Redo", "Done again", "");

/** Ask, and say what the parameters are now: `section is auto again`.
 * @type {(op: string, what: string, words: string, again: string) => Promise<void>} */
async function turn(op, what, words, again) {
  const told = await askNow(op, {}, what);
  if (!told) return;
  const values = Object.entries(told.params).map(([name, value]) => `${name} is ${typeof value === "number" ? +value.toFixed(3) : value}${again}`);
  const more = values.length > SHOWN ? [`${values.length - SHOWN} more`] : [];
  say(values.length ? `${words}: ${[...values.slice(0, SHOWN), ...more].join(", ")}.` : `${words}.`);
}

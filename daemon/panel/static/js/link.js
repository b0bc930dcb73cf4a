/** Shows who does not answer: in the banner, and by the look of the controls. */
import { byId } from "./dom.js";
import { on, tell } from "./stream.js";

/** @type {Record<string, string>} */
const WORDS = {
  crowded: "Too many pages are open. Close another one; this one then goes on by itself.",
  panel: "The panel does not answer. Waiting for it…",
  daemon: "The daemon does not answer. Waiting for it…",
  music: "No music arrives from the daemon, so this page is silent. Waiting for it…",
  sound: "The browser plays no sound now. Waiting for it…",
};
const AWAY = ["panel", "daemon"];
// While no answer comes, changes of values are kept. Actions that make sense only now are refused.
const KEPT = "#page-live :is(.dial, .strip-head) :is(input, select, button), .thumb";
const REFUSED = ".transport button, #panic, #presets button, #model, #reseed";
/** @type {Set<string>} */
const troubles = new Set();

/** Whether the panel or the daemon does not answer. */
export const isAway = () => AWAY.some((name) => troubles.has(name));

/** Return the clause that names who does not answer. */
export const whoIsAway = () => `the ${AWAY.find((name) => troubles.has(name)) ?? "daemon"} does not answer`;

/** Note that a trouble began or ended. The banner shows the one that comes first in `WORDS`.
 * @type {(name: string, isSo: boolean) => void} */
export function setTrouble(name, isSo) {
  const was = isAway();
  if (isSo) troubles.add(name);
  else troubles.delete(name);
  const worst = Object.keys(WORDS).find((each) => troubles.has(each));
  const banner = byId("link");
  banner.hidden = worst === undefined;
  if (worst !== undefined && banner.dataset.trouble !== worst) byId("link-words").textContent = WORDS[worst];
  banner.dataset.trouble = worst ?? "";
  if (was !== isAway()) turnAway();
}

function turnAway() {
  document.body.classList.toggle("away", isAway());
  mark();
  tell("presence", { isAway: isAway() });
}

/** Mark controls for screen readers: those that are refused as disabled, the others with a note. */
function mark() {
  for (const each of document.querySelectorAll(REFUSED)) turn(each, "aria-disabled", "true");
  for (const each of document.querySelectorAll(KEPT)) turn(each, "aria-description", "kept, and sent when the daemon answers");
}

/** @type {(element: Element, name: string, value: string) => void} */
function turn(element, name, value) {
  if (isAway()) element.setAttribute(name, value);
  else element.removeAttribute(name);
}

on("kept", (names) => {
  byId("kept").hidden = names.length === 0;
  byId("kept-words").textContent = names.length === 1 ? "One change is kept until then." : `${names.length} changes are kept until then.`;
});

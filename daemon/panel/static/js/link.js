/** Who does not answer: the banner says so, and the controls look so. */
import { byId } from "./dom.js";
import { on, tell } from "./stream.js";

const WORDS = {
  crowded: "So many pages are open that there is no room for this one. Close another: this one then goes on by itself.",
  panel: "The panel does not answer. Waiting for it…",
  daemon: "The daemon does not answer. Waiting for it…",
  music: "No music comes: it is silent here. Waiting for it…",
  sound: "The browser plays no sound at present. Waiting for it…",
};
const AWAY = ["panel", "daemon"];
// While nobody answers, changes of values are kept. Actions that make sense only at their moment are refused.
const KEPT = "#page-live :is(.dial, .strip-head) :is(input, select, button), .thumb";
const REFUSED = ".transport button, #panic, #presets button, #model, #reseed";
const troubles = new Set();

/** Whether nobody would answer to a change. */
export const isAway = () => AWAY.some((name) => troubles.has(name));

/** Who does not answer, in the middle of a sentence. */
export const whoIsAway = () => `the ${AWAY.find((name) => troubles.has(name)) ?? "daemon"} does not answer`;

/** Say that there is a trouble, or that it is over; the nearest to us is shown. */
export function setTrouble(name, isSo) {
  const was = isAway();
  if (isSo) troubles.add(name);
  else troubles.delete(name);
  const [worst] = Object.keys(WORDS).filter((each) => troubles.has(each));
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

/** Tell screen readers too: controls that are refused are marked as disabled, the others refer to the banner. */
function mark() {
  for (const each of document.querySelectorAll(REFUSED)) turn(each, "aria-disabled", "true");
  for (const each of document.querySelectorAll(KEPT)) turn(each, "aria-description", "kept, and sent when somebody answers");
}

function turn(element, name, value) {
  if (isAway()) element.setAttribute(name, value);
  else element.removeAttribute(name);
}

on("kept", (names) => {
  byId("kept").hidden = names.length === 0;
  byId("kept-words").textContent = names.length === 1 ? "One change is kept until then." : `${names.length} changes are kept until then.`;
});

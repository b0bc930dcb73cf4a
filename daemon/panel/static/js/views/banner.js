/** Shows who does not answer: in the banner, and by the look of the controls. */
import { byId } from "../parts/dom.js";
import { on } from "../state/bus.js";

/** @type {Record<string, string>} */
const WORDS = {
  crowded: "Too many pages are open. Close another one; this one then goes on by itself.",
  panel: "The panel does not answer. Waiting for it…",
  daemon: "The daemon does not answer. Waiting for it…",
  music: "No music arrives from the daemon, so this page is silent. Waiting for it…",
  sound: "The browser plays no sound now. Waiting for it…",
};
// What screen readers are told of while no answer comes: changes of values are kept, actions that make sense only now are refused.
const KEPT = ":is(.dial, .strip-head, .voice) :is(input, select, button), .thumb";
const REFUSED = ".transport button:not(#listen), #panic, #undo, #redo, #sections button, .section-acts button, .slots button, #presets button, #model, #seed-form button, .decks button, #add-deck";

// The banner shows the trouble that comes first in `WORDS`.
on("troubles", (troubles) => {
  const worst = Object.keys(WORDS).find((each) => troubles.has(each));
  const banner = byId("link");
  banner.hidden = worst === undefined;
  if (worst !== undefined && banner.dataset.trouble !== worst) byId("link-words").textContent = WORDS[worst];
  banner.dataset.trouble = worst ?? "";
});

on("presence", ({ isAway }) => {
  document.body.classList.toggle("away", isAway);
  for (const each of document.querySelectorAll(REFUSED)) turn(each, isAway, "aria-disabled", "true");
  for (const each of document.querySelectorAll(KEPT)) turn(each, isAway, "aria-description", "kept, and sent when the daemon answers");
});

/** @type {(element: Element, isSo: boolean, name: string, value: string) => void} */
function turn(element, isSo, name, value) {
  if (isSo) element.setAttribute(name, value);
  else element.removeAttribute(name);
}

on("kept", (names) => {
  byId("kept").hidden = names.length === 0;
  byId("kept-words").textContent = names.length === 1 ? "One change is kept until then." : `${names.length} changes are kept until then.`;
});

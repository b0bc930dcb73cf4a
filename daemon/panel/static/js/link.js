/** The banner: who does not answer. */
import { byId } from "./dom.js";

const WORDS = {
  crowded: "So many pages are open that there is no room for this one. Close another: this one then goes on by itself.",
  panel: "The panel does not answer. Waiting for it…",
  daemon: "The daemon does not answer. Waiting for it…",
};
const troubles = new Set();

/** Say that there is a trouble, or that it is over; the nearest to us is shown. */
export function setTrouble(name, isSo) {
  if (isSo) troubles.add(name);
  else troubles.delete(name);
  const [worst] = Object.keys(WORDS).filter((each) => troubles.has(each));
  const banner = byId("link");
  banner.hidden = worst === undefined;
  if (worst !== undefined && banner.dataset.trouble !== worst) banner.textContent = WORDS[worst];
  banner.dataset.trouble = worst ?? "";
}

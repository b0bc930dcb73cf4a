/** Marks the controls of parameters that do not act on what plays now, and says why. */
import { on } from "../state/bus.js";
import { make } from "../parts/dom.js";

/** @type {(facts: { unheeded?: Record<string, string> }) => void} */
function mark({ unheeded = {} }) {
  for (const box of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".dial[data-name]"))) {
    const why = unheeded[box.dataset.name ?? ""] ?? "";
    const note = box.querySelector(".why-not");
    if ((note?.textContent ?? "") === words(why)) continue;
    note?.remove();
    box.classList.toggle("unheeded", why !== "");
    box.title = words(why);
    if (why) box.querySelector(".help")?.before(make("p", { class: "why-not" }, words(why)));
  }
}

/** @type {(why: string) => string} */
const words = (why) => (why ? `Does not act now: ${why}.` : "");

on("facts", mark);

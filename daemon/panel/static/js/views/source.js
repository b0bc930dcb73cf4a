/** The choice of the model, and the seed: typed, copied, or drawn anew. */
import { complaints } from "../parts/complaint.js";
import { copy } from "../parts/copy.js";
import { byId } from "../parts/dom.js";
import { offer } from "../parts/modellist.js";
import { readWhole } from "../parts/numbers.js";
import { askNow } from "../state/now.js";
import { store } from "../state/store.js";
import { on } from "../state/bus.js";
import { say } from "../parts/toast.js";
import { heard, place } from "../parts/waits.js";

const { line, complain } = complaints(byId("seed"));

export function makeSource() {
  byId("seed-form").after(line);
  byId("model").addEventListener("change", load);
  byId("reseed").addEventListener("click", () => reseed({}));
  byId("seed-copy").addEventListener("click", () => copy(String(store.state.seed), "The seed"));
  byId("seed").addEventListener("blur", () => setTimeout(show)); // a seed that was typed and not sent is not that of the music
  byId("seed").addEventListener("focus", () => byId("seed").select());
  byId("seed-form").addEventListener("submit", play);
}

async function load() {
  const loaded = await askNow("model", { action: "load", name: byId("model").value }, "Another model");
  if (loaded) say(`${loaded.name} plays from the next bar on.`);
  else byId("model").value = store.state.models.current;
}

/** @type {(event: Event) => void} */
function play(event) {
  event.preventDefault();
  const text = byId("seed").value;
  const seed = readWhole(text);
  if (!(seed >= 0)) return complain(`the seed is a whole number, 0 or more; got ${text.trim() || "nothing"}`);
  reseed({ seed });
}

/** @type {(which: { seed?: number }) => Promise<void>} */
async function reseed(which) {
  const drawn = await askNow("reseed", { ...which, ...(store.at === "now" ? {} : { at: store.at }) }, "New seed");
  if (drawn) say(`Seed ${drawn.seed}${heard(drawn)}.`);
}

/** Show the seed, unless one is being typed. */
function show() {
  const field = byId("seed");
  if (document.activeElement === field || field.hasAttribute("aria-invalid")) return;
  field.value = String(store.state.seed);
}

on("learnt", ({ models }) => offer(byId("model"), models));
on("facts", ({ models, coming = [] }) => {
  byId("coming").textContent = coming.map(({ what, seed: next, model, effective_beat: beat }) =>
    `${next === undefined ? model ?? (what === "prime" ? "what the models heard" : what) : `seed ${next}`} ${place(beat)}`).join(", ");
  byId("model").value = models.current;
  show();
});

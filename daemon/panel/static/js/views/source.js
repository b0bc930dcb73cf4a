/** The choice of the model, and the seed. */
import { byId } from "../parts/dom.js";
import { offer } from "../parts/modellist.js";
import { askNow } from "../state/now.js";
import { store } from "../state/store.js";
import { on } from "../state/bus.js";
import { say } from "../parts/toast.js";
import { heard, place } from "../parts/waits.js";

export function makeSource() {
  byId("model").addEventListener("change", load);
  byId("reseed").addEventListener("click", reseed);
}

async function load() {
  const loaded = await askNow("model", { action: "load", name: byId("model").value }, "Another model");
  if (loaded) say(`${loaded.name} plays from the next bar on.`);
  else byId("model").value = store.state.models.current;
}

async function reseed() {
  const drawn = await askNow("reseed", store.at === "now" ? {} : { at: store.at }, "New seed");
  if (drawn) say(`Seed ${drawn.seed}${heard(drawn)}.`);
}

on("learnt", ({ models }) => offer(byId("model"), models));
on("facts", ({ models, seed, coming = [] }) => {
  byId("coming").textContent = coming.map(({ what, seed: next, model, effective_beat: beat }) =>
    `${next === undefined ? model ?? (what === "prime" ? "what the models heard" : what) : `seed ${next}`} ${place(beat)}`).join(", ");
  byId("model").value = models.current;
  byId("seed").textContent = String(seed);
});

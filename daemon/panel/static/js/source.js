/** Where the music comes from: the model, and the seed. */
import { ask } from "./api.js";
import { byId, make } from "./dom.js";
import { store } from "./store.js";
import { on } from "./stream.js";
import { say } from "./toast.js";

export function makeSource() {
  byId("model").addEventListener("change", load);
  byId("reseed").addEventListener("click", reseed);
}

async function load() {
  const loaded = await ask("model", { action: "load", name: byId("model").value });
  if (loaded) say(`${loaded.name} plays from the next bar on.`);
  else byId("model").value = store.state.models.current;
}

async function reseed() {
  const drawn = await ask("reseed", store.at === "now" ? {} : { at: store.at });
  if (drawn) say(`Seed ${drawn.seed}.`);
}

on("learnt", ({ models }) => offer(byId("model"), models));
on("facts", ({ models, seed }) => {
  byId("model").value = models.current;
  byId("seed").textContent = seed;
});

/** Let a choice offer the models there are; what was chosen stays chosen, at first it is the one that plays. */
export function offer(select, { available, current }) {
  if ([...select.options].map(({ value }) => value).join() === available.join()) return;
  select.replaceChildren(...available.map((name) => make("option", { value: name, selected: name === current }, name)));
}

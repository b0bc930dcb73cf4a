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
}

async function reseed() {
  const drawn = await ask("reseed", store.at === "now" ? {} : { at: store.at });
  if (drawn) say(`Seed ${drawn.seed}.`);
}

on("learnt", ({ models }) => {
  byId("model").replaceChildren(...models.available.map((name) => make("option", { value: name, selected: name === models.current }, name)));
});

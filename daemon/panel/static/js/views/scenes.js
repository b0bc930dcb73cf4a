/** Scenes in the order of the setlist, and a fader that morphs between two presets. */
import { byId, make } from "../parts/dom.js";
import { say } from "../parts/toast.js";
import { heard } from "../parts/waits.js";
import { Refused, get } from "../state/api.js";
import { on } from "../state/bus.js";
import { askNow } from "../state/now.js";

/** @type {string | undefined} */
let seen;

export function makeScenes() {
  byId("scene-form").addEventListener("submit", save);
  byId("next-scene").addEventListener("click", () => load({ action: "next" }, "Next scene"));
}

/** @type {(event: Event) => Promise<void>} */
async function save(event) {
  event.preventDefault();
  const field = byId("scene-name");
  const name = field.value.trim();
  if (name === "") return field.focus();
  const told = await askNow("scene", { action: "save", name }, "Save the scene");
  if (!told) return;
  field.value = "";
  say(`Saved ${told.name}.`);
}

/** @type {(body: object, what: string) => Promise<void>} */
async function load(body, what) {
  const told = await askNow("scene", body, what);
  if (told) say(`${told.name}${told.effective_beat === undefined ? " comes when it is loaded" : heard(told)}.`);
}

async function refresh() {
  try {
    const { scenes, current } = await get("scenes");
    byId("scenes").replaceChildren(...scenes.map((/** @type {{ name: string }} */ { name }) => {
      const play = () => load({ action: "load", name }, name);
      return make("li", {}, make("button", { type: "button", class: "load", "aria-current": String(name === current), onclick: play }, name));
    }));
    byId("next-scene").disabled = scenes.length === 0;
  } catch (error) {
    if (!(error instanceof Refused)) throw error; // the banner shows who does not answer
  }
}

on("facts", ({ presets, scene }) => {
  const now = `${presets} ${scene}`;
  if (now === seen) return;
  seen = now;
  refresh();
});

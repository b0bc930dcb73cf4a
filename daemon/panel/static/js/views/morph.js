/** A fader between two presets. Positions that come while one is on its way are sent as one. */
import { byId, make } from "../parts/dom.js";
import { keyRow, shortcut } from "../parts/shortcuts.js";
import { put, shareOf, tame } from "../parts/slide.js";
import { on } from "../state/bus.js";
import { askNow } from "../state/now.js";

const LEAP = 0.1;
const STEP = 0.01;
let isBusy = false;
let isMoved = false;

export function makeMorph() {
  const fader = byId("morph");
  fader.addEventListener("input", send);
  tame(fader, LEAP, () => put(fader, 0, LEAP));
  shortcut(",", "", () => put(fader, fader.valueAsNumber - LEAP, STEP));
  shortcut(".", "", () => put(fader, fader.valueAsNumber + LEAP, STEP));
  keyRow(", .", "morph towards the first and towards the second preset");
}

async function send() {
  byId("morph").style.setProperty("--part", `${100 * shareOf(byId("morph"))}%`);
  isMoved = true;
  if (isBusy) return;
  isBusy = true;
  while (isMoved) {
    isMoved = false;
    const [from, to] = [byId("morph-from").value, byId("morph-to").value];
    if (from !== "" && to !== "") await askNow("morph", { from, to, position: Number(byId("morph").value) }, "Morph");
  }
  isBusy = false;
}

on("presets", (presets) => {
  for (const id of /** @type {const} */ (["morph-from", "morph-to"])) {
    const select = byId(id);
    const chosen = select.value;
    select.replaceChildren(...presets.map((name) => make("option", { value: name }, name)));
    select.value = presets.includes(chosen) ? chosen : presets.at(id === "morph-from" ? 0 : -1) ?? "";
  }
  byId("morph").disabled = presets.length < 2;
});

/** Acts for the stage: the next section, a fade to silence. */
import { byId } from "../parts/dom.js";
import { say } from "../parts/toast.js";
import { heard, place } from "../parts/waits.js";
import { askNow } from "../state/now.js";

export function makeActs() {
  byId("next-section").addEventListener("click", next);
  byId("fade").addEventListener("click", fade);
}

async function next() {
  const told = await askNow("next", {}, "Next section");
  if (told) say(`${told.section}${heard(told)}.`);
}

async function fade() {
  const told = await askNow("fade", {}, "Fade out");
  if (told) say(`Fades out, silent ${place(told.until_beat)}. Go on takes it back.`);
}

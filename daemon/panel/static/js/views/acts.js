/** A fade to silence. */
import { byId } from "../parts/dom.js";
import { say } from "../parts/toast.js";
import { place } from "../parts/waits.js";
import { askNow } from "../state/now.js";

export function makeActs() {
  byId("fade").addEventListener("click", fade);
}

async function fade() {
  const told = await askNow("fade", {}, "Fade out");
  if (told) say(`Fades out, silent ${place(told.until_beat)}. Go on takes it back.`);
}

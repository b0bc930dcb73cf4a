/** Capture: the last bars as a file, with a link that can be dragged into a DAW. */
import { byId, make } from "../parts/dom.js";
import { dragOut } from "../parts/dragout.js";
import { say } from "../parts/toast.js";
import { askNow } from "../state/now.js";

const SHOWN = 4;

export function makeCapture() {
  byId("capture").addEventListener("click", capture);
}

async function capture() {
  const bars = Number(byId("capture-bars").value);
  const told = await askNow("capture", { bars }, "Capture");
  if (!told) return;
  const name = told.path.split(/[\\/]/).pop();
  const list = byId("captures");
  list.prepend(make("li", {}, dragOut(`/api/captures/${name}`, name, name, { title: "Download, or drag into a DAW" })));
  while (list.children.length > SHOWN) list.lastElementChild?.remove();
  say(`Captured ${told.bars} ${told.bars === 1 ? "bar" : "bars"} in ${told.path}.`);
}

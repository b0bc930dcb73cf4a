/** Shows the gauge's readings of the live music. */
import { stacked } from "../parts/charts.js";
import { byId, make } from "../parts/dom.js";
import { genres } from "../parts/pictures.js";
import { fitted } from "../parts/roll.js";
import { on } from "../state/bus.js";

const KEPT_BARS = 96;
const NONE = byId("gauge-words").textContent;
/** @type {Reading[]} */
let readings = [];

on("gauge", read);
on("history", ({ gauge }) => {
  readings = [];
  gauge.forEach(read);
});
on("deck", () => {
  readings = [];
  showLive();
});
new ResizeObserver(showLive).observe(byId("gauge-time"));

/** @type {(reading: Reading) => void} */
function read(reading) {
  const last = readings.at(-1);
  if (last && reading.bar <= last.bar) readings = []; // the music started again
  readings = [...readings, reading].slice(-KEPT_BARS);
  showLive();
}

function showLive() {
  const last = readings.at(-1);
  if (!last) return showNone();
  const { edm, classical, songs = [] } = last;
  if (byId("gauge-time").offsetParent !== null) stacked(byId("gauge-time"), genres(readings), { first: readings[0].bar + 1 });
  byId("gauge-words").textContent = `${Math.round(edm * 100)} % EDM, ${Math.round(classical * 100)} % Classical. Nearest songs:`;
  byId("gauge-songs").replaceChildren(...songs.slice(0, 5).map(({ title, share }) =>
    make("li", {}, make("b", {}, `${Math.round(share * 100)} %`), title)));
}

function showNone() {
  byId("gauge-words").textContent = NONE;
  byId("gauge-songs").replaceChildren();
  const { pen, width, height } = fitted(byId("gauge-time"));
  pen.clearRect(0, 0, width, height);
}

/** The health page: figures for whoever maintains an installation. */
import { lines } from "../parts/charts.js";
import { byId, make } from "../parts/dom.js";
import { colour } from "../parts/music.js";
import { stats } from "../audio/live.js";
import { store } from "../state/store.js";
import { on } from "../state/bus.js";

const KEPT_SECONDS = 300;
const LATE_US = 5000;
/** @type {Health[]} */
let history = [];

on("health", (health) => {
  history = [...history, health].slice(-KEPT_SECONDS);
  showHealth();
});
on("deck", () => { history = []; });
on("history", ({ health }) => {
  history = health;
  showHealth();
});

/** Keep the page up to date: facts change between health messages, and charts change their size with the window. */
export function makeHealth() {
  on("facts", showHealth);
  new ResizeObserver(showHealth).observe(byId("page-health"));
}

export function showHealth() {
  const now = history.at(-1);
  if (!now || byId("page-health").hidden) return;
  const late = now.lateness_us?.p99;
  byId("tiles").replaceChildren(
    tile(store.transport.state ?? "–", "transport", store.transport.state === "playing" ? "good" : ""),
    tile(us(late), "lateness of notes, p99", (late ?? 0) > LATE_US ? "bad" : ""),
    tile(us(now.step_us?.p99), "time to compose a tick, p99", ""),
    underruns(now),
    tile(`${Math.round((now.rss_bytes ?? 0) / 1e6)} MB`, "memory of the composer", ""),
    tile(span(now.uptime_seconds), "since the daemon started", ""),
    tile(String(now.ticks), "ticks composed", ""),
    tile(`${stats.late} / ${stats.dropped}`, "notes late / left out in this browser", ""));
  draw("lateness", "lateness_us");
  draw("steps", "step_us");
  rows(byId("ports"), Object.entries(now.ports ?? {}), "No port: there is no MIDI system, or it has no port.");
  rows(byId("facts"), facts(now), "");
}

/** Show all late ticks. Only those of the last five minutes make the tile red.
 * @type {(health: Health) => HTMLElement} */
function underruns({ underruns: all, uptime_seconds: uptime }) {
  const late = uptime < KEPT_SECONDS ? all : Math.max(all - history[0].underruns, 0);
  return tile(String(all), late ? `ticks that came too late, ${late} in the last minutes` : "ticks that came too late", late ? "bad" : all ? "" : "good");
}

/** @type {(id: "lateness" | "steps", key: "lateness_us" | "step_us") => void} */
function draw(id, key) {
  const row = (/** @type {keyof Quantiles} */ part, /** @type {string} */ tone) => ({ name: part, tone, values: history.map((health) => health[key]?.[part] ?? null) });
  lines(byId(id), [row("p50", colour("acid")), row("p99", colour("bass"))], us);
}

/** @type {(health: Health) => [string, unknown][]} */
function facts({ provider, disk = {} }) {
  const { transport, state } = store;
  /** @type {[string, unknown][]} */
  const pairs = [
    ["model", state.models?.current], ["seed", state.seed], ["provider", provider], ["MIDI", state.midi],
    ["clock", transport.clock_source], ["tempo", `${transport.tempo} BPM`], ["recording", state.recording?.path ?? "no"],
    ...Object.entries(disk).map(([what, words]) => /** @type {[string, string]} */ ([`${what} and the disk`, words])),
    ["control", state.control], ["telemetry", state.telemetry],
  ];
  return pairs.filter(([, value]) => value !== undefined);
}

/** @type {(body: HTMLElement, pairs: [string, unknown][], none: string) => void} */
function rows(body, pairs, none) {
  const list = pairs.map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, String(value))));
  body.replaceChildren(...(list.length ? list : [make("tr", {}, make("td", {}, none))]));
}

/** @type {(value: string, label: string, mood: string) => HTMLElement} */
const tile = (value, label, mood) => make("div", { class: "card tile", "data-mood": mood }, make("b", {}, value), make("span", {}, label));
/** @type {(value: number | null | undefined) => string} */
const us = (value) => (value === null || value === undefined ? "–" : value >= 1000 ? `${(value / 1000).toFixed(1)} ms` : `${Math.round(value)} µs`);

/** @type {(seconds: number) => string} */
function span(seconds) {
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  return days ? `${days} d ${hours} h` : hours ? `${hours} h ${minutes} min` : minutes ? `${minutes} min` : `${Math.floor(seconds)} s`;
}

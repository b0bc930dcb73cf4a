/** Charts of the gauge's readings of a song. */
import { seriesColour, shares, stacked } from "./charts.js";
import { make } from "./dom.js";
import { colour } from "./music.js";

const MOST_SONGS = 7;

/** Return the shares of EDM and Classical, bar by bar.
 * @type {(bars: Reading[]) => Series<number>[]} */
export const genres = (bars) => [
  { name: "EDM", tone: colour("edm"), values: bars.map((bar) => bar.edm) },
  { name: "Classical", tone: colour("classical"), values: bars.map((bar) => bar.classical) },
];

/** Make four charts of a song's readings: genres and nearest songs, each as a mean and over time.
 * @type {(bars: Reading[]) => HTMLElement} */
export function pictures(bars) {
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
  const kinds = genres(bars);
  const near = nearest(bars);
  const others = { name: "other songs", tone: colour("line"), values: bars.map((_, index) => 1 - near.reduce((sum, row) => sum + row.values[index], 0)) };
  const whole = (/** @type {Series<number>[]} */ rows) => rows.map(({ name, tone, values }) => ({ name, tone, value: mean(values) }));
  return make("div", { class: "pictures" },
    picture("Genre", [], (canvas) => shares(canvas, whole(kinds)), true),
    picture("Genre over time", kinds, (canvas) => stacked(canvas, kinds)),
    picture("Nearest songs", [], (canvas) => shares(canvas, whole(near).slice(0, 5))),
    picture("Nearest songs over time", near, (canvas) => stacked(canvas, [...near, others])));
}

/** @type {(bars: Reading[]) => Series<number>[]} */
function nearest(bars) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { songs } of bars) for (const { title, share } of songs) sums.set(title, (sums.get(title) ?? 0) + share);
  const titles = [...sums].sort((a, b) => b[1] - a[1]).slice(0, MOST_SONGS).map(([title]) => title);
  return titles.map((name, index) => ({
    name, tone: seriesColour(index),
    values: bars.map(({ songs }) => songs.find((song) => song.title === name)?.share ?? 0),
  }));
}

/** @type {(title: string, keys: Series<number>[], draw: (canvas: HTMLCanvasElement) => void, isShort?: boolean) => HTMLElement} */
function picture(title, keys, draw, isShort = false) {
  const canvas = make("canvas", { role: "img", "aria-label": title, class: isShort ? "short" : null });
  const legend = make("div", { class: "keys" }, ...keys.map(({ name, tone }) => {
    const mark = make("b");
    mark.style.background = tone;
    return make("span", {}, mark, name);
  }));
  new ResizeObserver(() => draw(canvas)).observe(canvas);
  return make("figure", {}, make("figcaption", {}, title), canvas, ...(keys.length ? [legend] : []));
}

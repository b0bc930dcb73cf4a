/** Pads: two parameters under one finger. */
import { register, stepOf, words } from "./dials.js";
import { freshId, make } from "./dom.js";
import { colour } from "./music.js";
import { change, store } from "./store.js";

const PADS = [
  ["energy", "density", "acid"],
  ["melody.temperature", "repetition", "chords"],
];

export function makePads(box) {
  const fitting = PADS.filter(([across, up]) => store.specs[across] && store.specs[up]);
  box.replaceChildren(...fitting.map(([across, up, tone]) => pad(across, up, colour(tone))));
}

function pad(across, up, tone) {
  const title = freshId("pad");
  const xWords = make("b");
  const yWords = make("b");
  const thumb = make("button", { type: "button", class: "thumb", "aria-describedby": title });
  const area = make("div", { class: "pad" }, thumb);
  const label = (name) => name.split(".").at(-1);
  const box = make("section", { class: "card pad-box", role: "group", "aria-labelledby": title },
    make("h2", { id: title }, `${label(across)} by ${label(up)}`), area,
    make("div", { class: "pad-words" }, make("span", {}, `→ ${label(across)} `, xWords), make("span", {}, `↑ ${label(up)} `, yWords)));
  box.style.setProperty("--tone", tone);
  const at = { [across]: 0, [up]: 0 };
  const show = (name) => (value) => {
    at[name] = value;
    area.style.setProperty("--x", `${100 * shareOf(across, at[across])}%`);
    area.style.setProperty("--y", `${100 - 100 * shareOf(up, at[up])}%`);
    xWords.textContent = words(at[across], store.specs[across]);
    yWords.textContent = words(at[up], store.specs[up]);
    thumb.setAttribute("aria-label", `${label(across)} ${xWords.textContent}, ${label(up)} ${yWords.textContent}; arrow keys move it`);
  };
  register(across, show(across));
  register(up, show(up));
  drag(area, thumb, (x, y) => change({ [across]: valueOf(across, x), [up]: valueOf(up, 1 - y) }));
  thumb.addEventListener("keydown", (event) => step(event, at, across, up));
  return box;
}

function drag(area, thumb, move) {
  const follow = (event) => {
    const { left, top, width, height } = area.getBoundingClientRect();
    const part = (place, from, size) => Math.min(Math.max((place - from) / size, 0), 1);
    move(part(event.clientX, left, width), part(event.clientY, top, height));
  };
  area.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    area.setPointerCapture(event.pointerId);
    thumb.focus({ preventScroll: true });
    follow(event);
  });
  area.addEventListener("pointermove", (event) => {
    if (area.hasPointerCapture(event.pointerId)) follow(event);
  });
}

function step(event, at, across, up) {
  const moves = { ArrowLeft: [across, -1], ArrowRight: [across, 1], ArrowDown: [up, -1], ArrowUp: [up, 1] };
  const move = moves[event.key];
  if (!move) return;
  event.preventDefault();
  const [name, sign] = move;
  const { range: [low, high] } = store.specs[name];
  const wide = (high - low) / (event.shiftKey ? 100 : 20);
  change({ [name]: rounded(name, Math.min(Math.max(at[name] + sign * wide, low), high)) });
}

function shareOf(name, value) {
  const [low, high] = store.specs[name].range;
  return (value - low) / (high - low);
}

function valueOf(name, share) {
  const [low, high] = store.specs[name].range;
  return rounded(name, low + share * (high - low));
}

function rounded(name, value) {
  const [low, high] = store.specs[name].range;
  const wide = stepOf(store.specs[name]);
  return Math.min(Math.max(+(Math.round(value / wide) * wide).toFixed(4), low), high);
}

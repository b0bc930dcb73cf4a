/** A strip for each voice. Level and meter act on this browser only. */
import { ears } from "../audio/ears.js";
import { keepLevels, levels } from "../audio/mixing_desk.js";
import { dial, register } from "./dials.js";
import { isMuted, muteButtons } from "./mutes.js";
import { freshId, make } from "../parts/dom.js";
import { ofVoice, readable } from "../parts/names.js";
import { VOICES } from "../parts/music.js";
import { put, tame } from "../parts/slide.js";
import { store } from "../state/store.js";

const MOST = 1.5;
const LEAP = 0.1;
const FALL = 0.86;
const METER_MS = 50;
const own = levels();
/** @type {Map<Voice, { light: HTMLElement, loud: number }>} */
const meters = new Map();

/** @type {(box: HTMLElement) => void} */
export function makeMixer(box) {
  box.replaceChildren(...VOICES.map(strip));
}

/** @type {(voice: Voice) => HTMLElement} */
function strip(voice) {
  const id = freshId("strip");
  const { mute, solo } = muteButtons(voice, ["M", "S"]);
  const light = make("i");
  meters.set(voice, { light, loud: 0 });
  const box = make("section", { class: "strip card", "aria-labelledby": id, "data-voice": voice },
    make("div", { class: "strip-head", "data-learn": `${voice}.mute` }, make("h3", { id }, voice), mute, solo),
    make("div", { class: "meter", "aria-hidden": "true" }, light), fader(voice),
    make("div", { class: "strip-dials" }, ...ofVoice(Object.keys(store.specs), voice).map((name) => dial(name, shortened(name, voice)))));
  box.style.setProperty("--tone", `var(--${voice})`);
  register(`${voice}.mute`, () => { box.dataset.muted = String(isMuted(voice)); });
  return box;
}

/** @type {(name: string, voice: Voice) => string} */
const shortened = (name, voice) => (name.startsWith(`${voice}.`) ? readable(name.slice(voice.length + 1)) : name.split(".")[0]);

/** @type {(voice: Voice) => HTMLElement} */
function fader(voice) {
  const input = make("input", {
    type: "range", min: 0, max: MOST, step: 0.01, value: own[voice], "data-level": voice,
    oninput: () => {
      own[voice] = +input.value;
      ears.desk?.level(voice, own[voice]);
      keepLevels(own);
      paint();
    },
  });
  const paint = () => {
    input.style.setProperty("--part", `${(100 * own[voice]) / MOST}%`);
    input.style.setProperty("--tone", `var(--${voice})`);
  };
  tame(input, LEAP, () => put(input, 1, LEAP));
  paint();
  return make("label", {}, "level in this browser", input);
}

setInterval(() => {
  for (const [voice, meter] of meters) {
    const peak = ears.isOpen ? ears.opened.peak(voice) : 0;
    const shown = meter.loud;
    meter.loud = Math.max(peak, shown * FALL);
    if (meter.loud < 0.002) meter.loud = 0;
    if (meter.loud !== shown) meter.light.style.setProperty("--loud", String(Math.min(meter.loud * 1.4, 1)));
  }
}, METER_MS);

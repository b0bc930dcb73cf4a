/** A strip for each voice. Mute and solo act on the daemon, level and meter on this browser only. */
import { ears } from "../audio/ears.js";
import { keepLevels, levels } from "../audio/mixing_desk.js";
import { dial, register } from "./dials.js";
import { freshId, make } from "../parts/dom.js";
import { ofVoice, readable } from "../parts/names.js";
import { changeNow, valueOf } from "../state/hands.js";
import { VOICES, colour } from "../parts/music.js";
import { tame } from "../parts/slide.js";
import { on } from "../state/bus.js";
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
  const mute = make("button", {
    type: "button", class: "mute", "aria-pressed": "false", "aria-label": `Mute ${voice}`, title: "Mute",
    onclick: () => changeNow({ [`${voice}.mute`]: !isMuted(voice) }),
  }, "M");
  const solo = make("button", {
    type: "button", class: "solo", "aria-pressed": "false", "aria-label": `Solo ${voice}`, title: "Solo",
    onclick: () => changeNow(isSolo(voice) ? muted((other) => before.has(other)) : muted((other) => other !== voice)),
  }, "S");
  const light = make("i");
  meters.set(voice, { light, loud: 0 });
  const box = make("section", { class: "strip card", "aria-labelledby": id, "data-voice": voice },
    make("div", { class: "strip-head", "data-learn": `${voice}.mute` }, make("h3", { id }, voice), mute, solo),
    make("div", { class: "meter", "aria-hidden": "true" }, light), fader(voice),
    make("div", { class: "strip-dials" }, ...ofVoice(Object.keys(store.specs), voice).map((name) => dial(name, shortened(name, voice)))));
  box.style.setProperty("--tone", colour(voice));
  for (const other of VOICES) register(`${other}.mute`, () => show(voice, box, mute, solo));
  register(`${voice}.mute`, () => {}, (what) => {
    mute.classList.toggle("pending", what !== "");
    mute.title = what ? `Mute: ${what}` : "Mute";
  });
  return box;
}

/** @type {(name: string, voice: Voice) => string} */
const shortened = (name, voice) => (name.startsWith(`${voice}.`) ? readable(name.slice(voice.length + 1)) : name.split(".")[0]);

/** @type {(voice: Voice, box: HTMLElement, mute: HTMLElement, solo: HTMLElement) => void} */
function show(voice, box, mute, solo) {
  mute.setAttribute("aria-pressed", String(isMuted(voice)));
  solo.setAttribute("aria-pressed", String(isSolo(voice)));
  box.dataset.muted = String(isMuted(voice));
}

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
    input.style.setProperty("--tone", colour(voice));
  };
  tame(input, LEAP);
  paint();
  return make("label", {}, "level in this browser", input);
}

/** @type {(voice: Voice) => boolean} */
const isMuted = (voice) => valueOf(`${voice}.mute`) === true;

/** Whether this voice is the only one that is not muted.
 * @type {(voice: Voice) => boolean} */
const isSolo = (voice) => VOICES.every((other) => isMuted(other) === (other !== voice));

/** @type {(isOff: (voice: Voice) => boolean) => Params} */
const muted = (isOff) => Object.fromEntries(VOICES.map((voice) => [`${voice}.mute`, isOff(voice)]));

/** The voices that were muted before the solo began, on this page or elsewhere. They are muted again when it ends.
 * @type {Set<Voice>} */
let before = new Set();
on("deck", () => { before = new Set(); });
on("params", () => {
  if (!VOICES.some(isSolo)) before = new Set(VOICES.filter(isMuted));
});

setInterval(() => {
  for (const [voice, meter] of meters) {
    const peak = ears.isOpen ? ears.opened.peak(voice) : 0;
    const shown = meter.loud;
    meter.loud = Math.max(peak, shown * FALL);
    if (meter.loud < 0.002) meter.loud = 0;
    if (meter.loud !== shown) meter.light.style.setProperty("--loud", String(Math.min(meter.loud * 1.4, 1)));
  }
}, METER_MS);

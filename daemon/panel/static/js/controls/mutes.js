/** Mute and solo of a voice. Both act on the daemon at once. A solo mutes the others; with Shift, or while a finger holds another solo, it is added. */
import { register } from "./dials.js";
import { make } from "../parts/dom.js";
import { VOICES } from "../parts/music.js";
import { lifted, pressing } from "../parts/press.js";
import { on } from "../state/bus.js";
import { changeNow, valueOf } from "../state/hands.js";

/** @type {Set<Voice>} The voices whose solo was pressed. */
let solos = new Set();
/** The voices that were muted before the solo began, on this page or elsewhere. They are muted again when it ends.
 * @type {Set<Voice>} */
let before = new Set();
/** @type {Set<Voice>} The voices whose solo a finger or the mouse holds down now. */
const held = new Set();
/** @type {Set<Voice>} Those of them that have acted, because another solo was added to them. */
const joined = new Set();
/** @type {(() => void)[]} */
const shown = [];

/** Make the two buttons of a voice.
 * @type {(voice: Voice, words: [mute: string, solo: string]) => { mute: HTMLElement, solo: HTMLElement }} */
export function muteButtons(voice, [muteWords, soloWords]) {
  const mute = make("button", { type: "button", class: "mute", "aria-pressed": "false", "aria-label": `Mute ${voice}`, title: "Mute" }, muteWords);
  const solo = make("button", { type: "button", class: "solo", "aria-pressed": "false", "aria-label": `Solo ${voice}`, title: "Solo; with Shift, added to the other solos" }, soloWords);
  pressing(mute, { tap: () => turnMute(voice) });
  pressing(solo, { tap: ({ shiftKey }) => tapSolo(voice, shiftKey) });
  solo.addEventListener("pointerdown", ({ pointerId }) => {
    held.add(voice);
    joined.delete(voice);
    lifted(pointerId, () => held.delete(voice));
  });
  const show = () => {
    mute.setAttribute("aria-pressed", String(isMuted(voice)));
    solo.setAttribute("aria-pressed", String(isSolo(voice)));
  };
  shown.push(show);
  for (const other of VOICES) register(`${other}.mute`, show);
  register(`${voice}.mute`, () => {}, (what) => {
    mute.classList.toggle("pending", what !== "");
    mute.title = what ? `Mute: ${what}` : "Mute";
  });
  return { mute, solo };
}

/** @type {(voice: Voice) => void} */
export const turnMute = (voice) => changeNow({ [`${voice}.mute`]: !isMuted(voice) });

/** Turn a solo; those that are held down at the time are solos too, and do nothing more when they are let go.
 * @type {(voice: Voice, isAdded: boolean) => void} */
function tapSolo(voice, isAdded) {
  if (joined.delete(voice)) return;
  const others = [...held].filter((other) => other !== voice);
  for (const other of others) joined.add(other);
  turnSolo(voice, isAdded || others.length > 0, others);
}

/** End the solo of a voice, or begin it; an added one leaves the other solos, and begins those of `also`.
 * @type {(voice: Voice, isAdded: boolean, also?: Voice[]) => void} */
export function turnSolo(voice, isAdded, also = []) {
  const now = VOICES.filter((other) => isSolo(other) || also.includes(other));
  const others = isAdded ? now.filter((other) => other !== voice) : [];
  solos = new Set(isSolo(voice) ? others : [...others, voice]);
  changeNow(muted((other) => (solos.size ? !solos.has(other) : before.has(other))));
}

/** @type {(voice: Voice) => boolean} */
export const isMuted = (voice) => valueOf(`${voice}.mute`) === true;

/** Whether a voice is heard because its solo is on: pressed here, or because it is the only one that is not muted.
 * @type {(voice: Voice) => boolean} */
const isSolo = (voice) => solos.has(voice) || VOICES.every((other) => isMuted(other) === (other !== voice));

/** @type {(isOff: (voice: Voice) => boolean) => Params} */
const muted = (isOff) => Object.fromEntries(VOICES.map((voice) => [`${voice}.mute`, isOff(voice)]));

on("deck", () => {
  before = new Set();
  solos = new Set();
});
on("params", () => {
  if (solos.size && VOICES.some((voice) => isMuted(voice) === solos.has(voice))) {
    solos = new Set(); // others have changed the mutes
    for (const show of shown) show();
  }
  if (!VOICES.some(isSolo)) before = new Set(VOICES.filter(isMuted));
});

/** Mute and solo of each voice, large enough for a thumb. */
import { muteButtons, turnMute, turnSolo } from "../controls/mutes.js";
import { byId, make } from "../parts/dom.js";
import { VOICES } from "../parts/music.js";
import { keyRow, shortcut } from "../parts/shortcuts.js";
import { on } from "../state/bus.js";

const KEYS = ["q", "w", "e", "r"];

export function makeVoices() {
  VOICES.forEach((voice, index) => {
    shortcut(KEYS[index], "", () => turnMute(voice));
    shortcut(`Shift+${KEYS[index]}`, "", () => turnSolo(voice, true));
  });
  keyRow("Q W E R", "mutes lead, chords, bass, drums; with Shift their solo, added to other solos");
}

/** @type {(voice: Voice) => HTMLElement} */
function box(voice) {
  const { mute, solo } = muteButtons(voice, [voice, "Solo"]);
  const element = make("div", { class: "voice", "data-voice": voice, "data-learn": `${voice}.mute` }, mute, solo);
  element.style.setProperty("--tone", `var(--${voice})`);
  return element;
}

on("specs", () => byId("voices").replaceChildren(...VOICES.map(box)));

/** MIDI out of this browser: a switch, the device, and the channel of each voice. */
import { midiOut } from "../audio/midi_out.js";
import { byId, make } from "../parts/dom.js";
import { VOICES } from "../parts/music.js";
import { on } from "../state/bus.js";

const CHANNELS = Array.from({ length: 16 }, (_, index) => index + 1);
/** @type {Record<typeof midiOut.state, string>} */
const WORDS = {
  off: "This page can play a synthesiser at your machine.",
  asking: "The browser asks whether this page may use MIDI devices.",
  on: "",
  insecure: "Browsers allow MIDI only to pages at localhost or over https; this page came over plain http.",
  unsupported: "This browser has no Web MIDI. Chrome, Edge and Firefox have it.",
  refused: "The browser refused MIDI to this page. Its site settings can allow it.",
};

export function makeMidiOut() {
  byId("midi-on").addEventListener("click", () => (midiOut.isOn ? midiOut.close() : midiOut.open()));
  byId("midi-device").addEventListener("change", () => midiOut.choose(byId("midi-device").value));
  byId("midi-channels").replaceChildren(...VOICES.map(channel));
  show();
  midiOut.resume();
}

/** @type {(voice: Voice) => HTMLElement} */
function channel(voice) {
  const select = make("select", { "data-channel": voice, onchange: () => midiOut.setChannel(voice, +select.value) },
    ...CHANNELS.map((number) => make("option", { value: number }, String(number))));
  select.value = String(midiOut.kept.channels[voice]);
  return make("label", {}, `${voice} channel`, select);
}

function show() {
  const { isOn, device, names, kept } = midiOut;
  byId("midi-on").setAttribute("aria-pressed", String(isOn));
  byId("midi-device").hidden = !isOn;
  byId("midi-channels").hidden = !isOn;
  const offered = kept.name === "" || names.includes(kept.name) ? names : [...names, kept.name];
  byId("midi-device").replaceChildren(...offered.map((name) => make("option", { value: name }, name)));
  byId("midi-device").value = kept.name;
  byId("midi-words").textContent = isOn ? where(device !== null, kept.name) : WORDS[midiOut.state];
}

/** @type {(isThere: boolean, name: string) => string} */
function where(isThere, name) {
  if (name === "") return "No MIDI device is there; connect one.";
  return isThere ? `The music goes to ${name}.` : `${name} is not there. The music goes to it again when it is back.`;
}

on("midi out", show);

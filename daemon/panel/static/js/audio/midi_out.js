/** Sends the live music to a MIDI device of this browser's machine, at the times of the page's sound. */
import { MidiNotes } from "./midi_notes.js";
import { look } from "./live.js";
import { VOICES } from "../parts/music.js";
import { on, tell } from "../state/bus.js";

const STORED = "edmd-midi-out";
// Messages are handed over only this far ahead, because browsers cannot take them back.
const AHEAD_MS = 100;
/** @type {Record<Voice, number>} */
const CHANNELS = { lead: 1, chords: 2, bass: 3, drums: 10 };

/** @typedef {"off" | "asking" | "on" | "insecure" | "unsupported" | "refused"} MidiState */

class MidiOut {
  constructor() {
    /** @type {MidiState} */
    this.state = "off";
    /** @type {{ name: string, channels: Record<Voice, number>, isOn: boolean }} What this browser stores. */
    this.kept = kept();
    /** @type {MIDIAccess | null} */
    this.access = null;
    /** @type {MIDIOutput | null} The chosen device, while it is there. */
    this.device = null;
    this.notes = new MidiNotes();
    /** @type {Worker | null} */
    this.ticker = null;
  }

  get isOn() {
    return this.state === "on";
  }

  /** The names of the devices that are there. */
  get names() {
    return [...new Set(this.#outputs().map(({ name }) => name ?? ""))];
  }

  /** Turn MIDI out on. The browser may ask the user. */
  async open() {
    if (this.state === "asking" || this.isOn) return;
    if (!navigator.requestMIDIAccess) return this.#become(isSecureContext ? "unsupported" : "insecure");
    this.#become("asking");
    try {
      this.access ??= await this.#granted();
    } catch {
      return this.#become("refused");
    }
    this.ticker = new Worker(new URL("ticker.js", import.meta.url));
    this.ticker.addEventListener("message", () => this.#turn());
    this.#become("on");
    this.#keep({ isOn: true });
    this.#find();
  }

  /** Turn MIDI out off, and silence the device. */
  close() {
    this.silence();
    this.device = null;
    this.ticker?.terminate();
    this.#become("off");
    this.#keep({ isOn: false });
  }

  /** Turn MIDI out on again after a reload, if the browser need not ask the user. */
  async resume() {
    if (!this.kept.isOn) return;
    const found = await navigator.permissions?.query({ name: /** @type {any} */ ("midi") }).catch(() => null);
    if (found?.state === "granted") await this.open();
  }

  /** Send to the device with this name.
   * @type {(name: string) => void} */
  choose(name) {
    this.silence();
    this.#keep({ name });
    this.#find();
  }

  /** Send a voice on a channel, 1 to 16.
   * @type {(voice: Voice, channel: number) => void} */
  setChannel(voice, channel) {
    this.silence();
    this.#keep({ channels: { ...this.kept.channels, [voice]: channel } });
  }

  /** Play a note at a time of `performance.now()`, in seconds.
   * @type {(note: NoteMessage, seconds: number) => void} */
  play(note, seconds) {
    if (this.device === null) return;
    const now = performance.now();
    this.notes.add(note, this.kept.channels[note.voice], seconds * 1000, now);
    this.#hand(now);
  }

  /** End all notes now. */
  silence() {
    if (this.device !== null) this.#send(this.notes.end(performance.now()));
  }

  #turn() {
    look(); // the page's own timer may be slowed down
    this.#hand(performance.now());
  }

  /** @type {(now: number) => void} */
  #hand(now) {
    if (this.device !== null) this.#send(this.notes.take(now + AHEAD_MS));
  }

  /** @type {(messages: import("./midi_notes.js").Timed[]) => void} */
  #send(messages) {
    try {
      for (const { bytes, at } of messages) this.device?.send(bytes, at);
    } catch {
      this.device = null; // it was pulled out a moment ago
      this.notes.drop();
      tell("midi out");
    }
  }

  /** Take the chosen device if it is there. One that comes back may still sound from before, and is silenced first. */
  #find() {
    if (!this.isOn) return;
    const outputs = this.#outputs();
    if (this.kept.name === "" && outputs.length > 0) this.#keep({ name: outputs[0].name ?? "" });
    const found = outputs.find(({ name }) => name === this.kept.name) ?? null;
    const isNew = found !== this.device;
    this.device = found;
    if (found === null) this.notes.drop();
    else if (isNew) this.silence();
    tell("midi out");
  }

  async #granted() {
    const access = await navigator.requestMIDIAccess({ sysex: false });
    access.addEventListener("statechange", () => this.#find());
    return access;
  }

  #outputs() {
    return [...(this.access?.outputs.values() ?? [])].filter(({ state }) => state === "connected");
  }

  /** @type {(state: MidiState) => void} */
  #become(state) {
    this.state = state;
    tell("midi out");
  }

  /** @type {(changes: Partial<MidiOut["kept"]>) => void} */
  #keep(changes) {
    this.kept = { ...this.kept, ...changes };
    localStorage.setItem(STORED, JSON.stringify(this.kept));
  }
}

/** @returns {MidiOut["kept"]} */
function kept() {
  let stored;
  try {
    stored = JSON.parse(localStorage.getItem(STORED) ?? "{}");
  } catch {
    stored = {};
  }
  const isChannel = (/** @type {unknown} */ number) => Number.isInteger(number) && Number(number) >= 1 && Number(number) <= 16;
  const channel = (/** @type {Voice} */ voice) => (isChannel(stored?.channels?.[voice]) ? stored.channels[voice] : CHANNELS[voice]);
  const channels = /** @type {any} */ (Object.fromEntries(VOICES.map((voice) => [voice, channel(voice)])));
  return { name: String(stored?.name ?? ""), channels, isOn: stored?.isOn === true };
}

export const midiOut = new MidiOut();

const silence = () => midiOut.silence();
on("due", ({ note, seconds }) => midiOut.play(note, seconds));
on("hush", silence);
on("transport", ({ state }) => {
  if (state !== "playing") silence();
});
window.addEventListener("pagehide", silence);
document.addEventListener("freeze", silence);

/** The types that several scripts of the page share. Only the type checker reads this file; browsers never load it. */

type Voice = "lead" | "chords" | "bass" | "drums";
/** A strip of the mixing desk: a voice, or risers and impacts. */
type Lane = Voice | "effects";
type Value = number | string | boolean;
type Params = Record<string, Value>;

interface NumberSpec {
  type: "float" | "int";
  range: [number, number];
  unit: string;
  default: number;
  help: string;
  choices?: undefined;
}

interface SwitchSpec {
  type: "bool";
  range?: undefined;
  unit: string;
  default: boolean;
  help: string;
  choices?: undefined;
}

interface ChoiceSpec {
  type: "choice";
  range?: undefined;
  unit: string;
  default: string;
  help: string;
  choices: string[];
}

/** A parameter as the daemon describes it. */
type Spec = NumberSpec | SwitchSpec | ChoiceSpec;

interface Transport {
  state: "playing" | "stopped";
  tempo: number;
  bar: number;
  beat: number;
  clock_source?: string;
  count_in?: number;
}

/** What leads the time: the chosen source, and the one that leads now; how many others are in a Link session. */
interface ClockState {
  source: "internal" | "midi" | "link";
  leader: "internal" | "midi" | "link";
  locked: boolean;
  peers: number;
  /** In ms; so are the delays of the voices. */
  offset: number;
  delays: Record<string, number>;
}

/** How the deck listens to who plays. */
interface Listening {
  mode: "off" | "call" | "accompany";
  phase: "off" | "call" | "answer" | "accompany";
  bars: number;
  once: boolean;
  harmony: boolean;
}

interface Pending {
  target: Value;
  from_beat: number;
  until_beat: number;
}

/** What waits for its beat and is not a parameter: a seed, a model, music that the models heard. */
interface Coming {
  what: string;
  seed?: number;
  model?: string;
  effective_beat: number;
}

interface Plan {
  bar: number;
  bars_left: number;
  next_section: string;
  key: string;
  chords?: string[];
  next?: { bar: number; section: string; key: string; chords?: string[] } | null;
}

interface Models {
  current: string;
  parts?: Record<string, string>;
  available: string[];
}

/** The daemon's whole state. Messages about a change bring most of it again. */
interface State {
  params: Params;
  transport: Transport;
  pending: Record<string, Pending>;
  coming?: Coming[];
  clock?: ClockState;
  listening?: Listening;
  models: Models;
  seed: number;
  recording: { path: string | null; seconds?: number };
  presets?: number;
  /** The scene that was loaded last. */
  scene?: string;
  /** The parameters that do not act on what plays, each with the reason. */
  unheeded?: Record<string, string>;
  plan: Plan | null;
  midi?: string;
  control?: string;
  telemetry?: string;
}

/** The fields `deck` and `decks` come only if there is more than one deck. */
interface StateChange extends Omit<State, "models" | "plan"> {
  model: string;
  deck?: string;
  decks?: string[];
}

interface ListedDeck {
  name: string;
  state: Transport["state"];
}

/** The effects that apply during a tick. Filters that are not named are open. */
interface Effects {
  filters: Partial<Record<Voice, number>>;
  riser: number;
  impact: number;
}

interface TickMessage {
  tick: number;
  bar: number;
  beat: number;
  tempo: number;
  section: string;
  plan?: Plan;
  effects?: Effects;
  deck?: string;
}

interface NoteMessage {
  beat: number;
  voice: Voice;
  type: "on" | "off";
  pitch: number;
  velocity: number;
}

/** A note as the piano roll shows it. `end` is null while it sounds. */
interface ShownNote {
  beat: number;
  end: number | null;
  voice: Voice;
  pitch: number;
  velocity: number;
}

type Section = [beat: number, name: string];

interface Reading {
  bar: number;
  edm: number;
  classical: number;
  songs: { title: string; share: number }[];
}

interface Quantiles {
  p50: number | null;
  p99: number | null;
  max: number | null;
}

interface Health {
  lateness_us?: Quantiles;
  step_us?: Quantiles;
  underruns: number;
  ticks: number;
  rss_bytes?: number;
  provider: string;
  ports?: Record<string, string>;
  uptime_seconds: number;
  disk?: Record<string, string>;
}

/** What happens while a MIDI control is learned, and after. */
interface LearnMessage {
  state: "listening" | "heard" | "bound" | "cancelled" | "timed out" | "unassigned";
  param?: string;
  control?: string;
  instead_of?: string[];
}

/** What is played into the MIDI input. */
interface PlayedMessage {
  beat: number;
  held: number[];
  chord: string;
}

interface Job {
  title: string;
  state: string;
  error?: string;
}

/** A song of the songs page, in the list. */
interface ListedSong extends Job {
  id: string;
  kind: "made" | "uploaded";
  made: number;
  seed?: number;
  bars?: number;
  tempo?: number;
  progress: number;
}

/** A finished song. Each note is [beat, length, voice, pitch, velocity]. */
interface Song {
  id: string;
  kind: "made" | "uploaded";
  title: string;
  bars: number;
  tempo: number;
  seed?: number;
  notes: [number, number, Voice, number, number][];
  /** The genre's instruments; the pitch class of the key, from a beat on; and the effects, where they change. */
  genre?: string;
  roots?: [number, number][];
  effects?: [number, Effects][];
  sections: Section[];
  gauge: Reading[];
  no_gauge?: string;
  files: string[];
  exports: Record<string, string | null>;
  exporting: Job[];
  is_shareable: boolean;
  /** How the song differs from the shared one that it was made from. */
  remark?: string;
}

/** A line or a column of a chart. */
interface Series<T = number | null> {
  name: string;
  tone: string;
  values: T[];
}

/** The messages between the parts of the page, and those of the daemon, by topic. */
interface Topics {
  note: NoteMessage;
  tick: TickMessage;
  state: StateChange;
  gauge: Reading;
  health: Health;
  learn: LearnMessage;
  played: PlayedMessage;
  link: { alive: boolean };
  history: { gauge: Reading[]; health: Health[]; played: import("./parts/played.js").Past };
  learnt: State;
  facts: State;
  specs: Record<string, Spec>;
  told: Params;
  params: Params;
  transport: Transport;
  pending: Record<string, Pending>;
  presence: { isAway: boolean };
  troubles: Set<string>;
  refused: string;
  /** The names of all presets. */
  presets: string[];
  /** The names of the presets in numbered slots, by number. */
  slots: Record<string, string>;
  /** The director's plan, as it changes; null while it is not known. */
  plan: Plan | null;
  deck: string;
  decks: string[];
  "deck leaves": void;
  elsewhere: { topic: string, deck: string, message: object };
  stale: void;
  kept: string[];
  trouble: "" | "panel" | "crowded";
  music: { isLost: boolean };
  ears: { isHeldUp: boolean };
  heard: void;
  "hung up": void;
  "in step": void;
  silence: void;
  panic: void;
  listening: void;
  "song begins": void;
  /** A note of the live music, and the time of `performance.now()`, in seconds, at which this page plays it. */
  due: { note: NoteMessage, seconds: number };
  hush: void;
  "midi out": void;
}

/** The elements of the page that are more than an HTMLElement, by their ids. */
interface PageElements {
  model: HTMLSelectElement;
  roll: HTMLCanvasElement;
  lateness: HTMLCanvasElement;
  steps: HTMLCanvasElement;
  "gauge-time": HTMLCanvasElement;
  "keys-list": HTMLDialogElement;
  menu: HTMLDialogElement;
  "seed-form": HTMLFormElement;
  seed: HTMLInputElement;
  "song-form": HTMLFormElement;
  "scene-form": HTMLFormElement;
  "scene-name": HTMLInputElement;
  "next-scene": HTMLButtonElement;
  "capture-bars": HTMLSelectElement;
  "listen-bars": HTMLSelectElement;
  "morph-from": HTMLSelectElement;
  "morph-to": HTMLSelectElement;
  morph: HTMLInputElement;
  "upload-form": HTMLFormElement;
  "midi-device": HTMLSelectElement;
  "clock-source": HTMLSelectElement;
}

type PageElement<Id extends string> = Id extends keyof PageElements ? PageElements[Id] : HTMLElement;

type AudioLayer = import("./audio/layer.js").Layer;

/** A note that was begun and can be released. */
interface Begun {
  end(seconds: number): void;
}

/** One oscillator, or `voices` of them over `cents`, spread over the stereo image by `width`. */
interface WaveSpec {
  shape: "saw" | "square" | "triangle" | "sine" | "pulse";
  voices?: number;
  cents?: number;
  width?: number;
  octave?: number;
  ratio?: number;
  duty?: number;
  level?: number;
}

/** A melodic instrument. Times are in seconds, frequencies in Hz; `wobble` is how often in a beat, and octaves. */
interface ToneSpec {
  waves: WaveSpec[];
  cutoff: [low: number, high: number];
  q: number;
  sweep: number;
  attack: number;
  decay: number;
  sustain: number;
  release: number;
  wobble?: [number, number];
  phase?: number;
}

/** A part of a hit: a falling tone, noise (a seed), or metal (a factor of its pitches). */
interface LayerSpec {
  wave?: "sine" | "triangle";
  noise?: number;
  metal?: number;
  from?: number;
  to?: number;
  sweep?: number;
  filter?: [kind: string, hertz: number, q: number];
  at?: number;
  attack?: number;
  hold?: number;
  decay?: number;
  level?: number;
  width?: number;
}

interface HitSpec {
  seconds: number;
  layers: LayerSpec[];
  drive?: number;
}

/** The place of a voice in the mix. Gain and sends are in dB; `pump` is what a kick leaves, how long, and the return. */
interface StripSpec {
  gain: number;
  highpass: number;
  pump: [floor: number, hold: number, back: number];
  room: number;
  hall: number;
  echo: number;
  drive?: number;
  tone: string;
  kit: string;
}

/** All that `/sounds.json` has. */
interface SoundSpecs {
  tones: Record<string, ToneSpec>;
  hits: Record<string, HitSpec>;
  kits: Record<string, Record<string, string>>;
  levels: Record<string, number>;
  strips: Record<Lane, Omit<StripSpec, "gain">>;
  genres: Record<string, Record<Lane, Partial<StripSpec>> & { gains: number[] }>;
  space: {
    room: [number, number, number],
    hall: [number, number, number],
    echo: { beats: number, feedback: number, highpass: number, lowpass: number },
  };
  riser: { gain: number, hertz: [low: number, high: number], q: number };
  /** The highest peak, in dB. */
  ceiling: number;
}

/** What an AudioWorklet's script has, beside the rest. */
declare const sampleRate: number;
declare class AudioWorkletProcessor {}
declare function registerProcessor(name: string, processor: unknown): void;

/** For tests and for the browser's console. */
declare var edmd: unknown;

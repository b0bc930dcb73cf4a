/** Controls for parameters. Each is built from the daemon's description of the parameter; the page has no table of its own. */
import { freshId, make } from "../parts/dom.js";
import { change, valueOf } from "../state/hands.js";
import { tame } from "../parts/slide.js";
import { store } from "../state/store.js";
import { on } from "../state/bus.js";
import { typing } from "../parts/typing.js";
import { waiting } from "../parts/waits.js";

/** @type {Map<string, { show: (value: Value) => void, wait: (what: string, isKept: boolean) => void }[]>} */
const dials = new Map(); // name -> show functions; a parameter may be shown in several places
const STEPS = 200;
const LEAPS_IN_RANGE = 20;
// The large step for each unit of music. For other numbers it is a twentieth of the range.
/** @type {Record<string, number>} */
const LEAPS = { BPM: 5, semitones: 12, octaves: 1 };
/** @type {Record<string, Pending>} */
let pending = {};
/** @type {Set<string>} */
let kept = new Set();

/** Make a dial for parameter `name`: label, value, reset button, control, range with pending change, help.
 * @type {(name: string, label?: string) => HTMLElement} */
export function dial(name, label = name) {
  const spec = store.specs[name];
  const id = freshId("dial");
  const value = make("output", { class: "value", for: id });
  const coming = make("output", { class: "coming", for: id });
  const reset = make("button", {
    class: "reset", type: "button", title: `Back to ${words(spec.default, spec)}`,
    "aria-label": `${label}: back to ${words(spec.default, spec)}`, onclick: () => change({ [name]: spec.default }),
  }, "↺");
  const kind = control(name, spec, id, label);
  const box = make("div", { class: "dial", "data-name": name, "data-kind": spec.type },
    make("label", { class: "name", for: id, title: spec.help }, label), value, reset,
    make("div", { class: "control" }, kind.element), below(spec, coming), make("p", { class: "help" }, spec.help));
  if (spec.range) typing(value, kind.element, spec, label, (number) => change({ [name]: number }));
  const show = (/** @type {Value} */ given) => {
    kind.show(given);
    value.replaceChildren(...shown(given, spec));
    reset.dataset.home = String(given === spec.default);
  };
  register(name, show, (what, isKept) => {
    box.classList.toggle("pending", what !== "" && !isKept);
    box.classList.toggle("kept", isKept);
    if (coming.textContent !== what) coming.textContent = what;
  });
  return box;
}

/** Call `show` with the parameter's value now and at each change. Call `wait` with the text about its pending change.
 * @type {(name: string, show: (value: any) => void, wait?: (what: string, isKept: boolean) => void) => void} */
export function register(name, show, wait = () => {}) {
  dials.set(name, [...(dials.get(name) ?? []), { show, wait }]);
  if (name in store.params) show(valueOf(name));
}

/** Return a value as text.
 * @type {(value: Value, spec: Spec) => string} */
export function words(value, spec) {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number" && spec.type === "float") return String(+value.toFixed(spec.range[1] > 20 ? 1 : 3));
  return String(value);
}

/** Return the step of a number's slider: at least a two-hundredth of its range, and a round number.
 * @type {(spec: NumberSpec) => number} */
export function stepOf({ type, range: [low, high] }) {
  if (type === "int") return 1;
  return [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1].find((step) => (high - low) / step <= STEPS) ?? 1;
}

/** Return the large step of a number, for Page up and Page down.
 * @type {(spec: NumberSpec) => number} */
export function leapOf(spec) {
  const [low, high] = spec.range;
  const step = stepOf(spec);
  return LEAPS[spec.unit] ?? (spec.type === "int" ? 1 : Math.max(Math.round((high - low) / LEAPS_IN_RANGE / step), 1) * step);
}

/** @type {(value: Value, spec: Spec) => (string | Node)[]} */
function shown(value, spec) {
  if (spec.type === "choice") return []; // the list shows its value itself
  const text = words(value, spec);
  return spec.unit && typeof value === "number" ? [text, " ", make("span", { class: "unit" }, spec.unit)] : [text];
}

/** Make the line below a control: the pending change, between the bounds if the parameter has bounds.
 * @type {(spec: Spec, coming: HTMLElement) => HTMLElement} */
function below(spec, coming) {
  const [low, high] = spec.range && spec.type !== "int" ? spec.range.map(String) : ["", ""];
  const bound = (/** @type {string} */ text) => make("span", { "aria-hidden": "true" }, text);
  return make("div", { class: "range" }, bound(low), coming, bound(high));
}

/** @typedef {{ element: HTMLElement, show: (value: Value) => void }} Control */

/** Make the control that fits a parameter.
 * @type {(name: string, spec: Spec, id: string, label: string) => Control} */
function control(name, spec, id, label) {
  if (spec.type === "bool") return toggle(name, id);
  if (spec.type === "choice") return list(name, spec, id);
  return slider(name, spec, id, label);
}

/** @type {(name: string, id: string) => Control} */
function toggle(name, id) {
  const element = make("button", {
    id, class: "switch", type: "button", role: "switch", "aria-checked": "false",
    onclick: () => change({ [name]: element.getAttribute("aria-checked") !== "true" }),
  });
  return { element, show: (value) => element.setAttribute("aria-checked", String(value)) };
}

/** @type {(name: string, spec: ChoiceSpec, id: string) => Control} */
function list(name, spec, id) {
  const element = make("select", { id, onchange: () => change({ [name]: element.value }) },
    ...spec.choices.map((choice) => make("option", { value: choice }, choice)));
  return { element, show: (value) => { element.value = String(value); } };
}

/** @type {(name: string, spec: NumberSpec, id: string, label: string) => Control} */
function slider(name, spec, id, label) {
  const [low, high] = spec.range;
  const element = make("input", {
    id, type: "range", min: low, max: high, step: stepOf(spec), "aria-label": label,
    oninput: () => change({ [name]: spec.type === "int" ? Math.round(+element.value) : +element.value }),
  });
  tame(element, leapOf(spec), () => change({ [name]: spec.default }), spec.type === "int" ? 1 : 0);
  const show = (/** @type {Value} */ given) => {
    const value = Number(given);
    if (document.activeElement !== element || +element.value !== value) element.value = String(value);
    element.style.setProperty("--part", `${(100 * (value - low)) / (high - low)}%`);
    element.setAttribute("aria-valuetext", `${words(value, spec)} ${spec.unit}`.trim());
  };
  return { element, show };
}

function showWaiting() {
  for (const [name, own] of dials) {
    const isKept = kept.has(name);
    const spec = store.specs[name];
    const wait = pending[name];
    const what = isKept ? "kept, not sent yet"
      : wait ? waiting(wait, words(wait.target, spec), wait.target === valueOf(name), store.beat) : "";
    for (const each of own) each.wait(what, isKept);
  }
}

// The views make new dials after this, because they load this file first.
on("specs", () => dials.clear());
on("params", (params) => {
  for (const [name, value] of Object.entries(params)) for (const { show } of dials.get(name) ?? []) show(value);
  if (Object.keys(params).some((name) => name in pending)) showWaiting();
});
on("pending", (told = {}) => {
  pending = told;
  showWaiting();
});
on("kept", (names) => {
  kept = new Set(names);
  showWaiting();
});
on("tick", ({ beat }) => {
  if (Object.values(pending).some(({ from_beat: from, until_beat: until }) => until > from && from <= beat && beat < from + 1)) showWaiting();
});

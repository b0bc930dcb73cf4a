/** A control for any parameter, made from what the daemon says of it: never from a table of our own. */
import { freshId, make } from "./dom.js";
import { change, store, valueOf } from "./store.js";
import { on } from "./stream.js";

const dials = new Map(); // name -> show functions; a parameter may be shown in several places
const STEPS = 200;

/** A dial for parameter `name`: label, value, reset, control, range, help. */
export function dial(name, label = name) {
  const spec = store.specs[name];
  const id = freshId("dial");
  const value = make("output", { class: "value", for: id });
  const coming = make("span", { class: "coming" });
  const reset = make("button", {
    class: "reset", type: "button", title: `Back to ${words(spec.default, spec)}`,
    "aria-label": `${label}: back to ${words(spec.default, spec)}`, onclick: () => change({ [name]: spec.default }),
  }, "↺");
  const kind = KINDS[spec.type](name, spec, id, label);
  const box = make("div", { class: "dial", "data-name": name, "data-kind": spec.type },
    make("label", { class: "name", for: id, title: spec.help }, label), value, reset,
    make("div", { class: "control" }, kind.element), ...bounds(spec), make("p", { class: "help" }, spec.help));
  const show = (given) => {
    kind.show(given);
    value.replaceChildren(...shown(given, spec), coming);
    reset.dataset.home = String(given === spec.default);
  };
  register(name, show, (target) => {
    box.classList.toggle("pending", target !== undefined);
    coming.textContent = target === undefined ? "" : ` → ${words(target, spec)}`;
  });
  return box;
}

/** Call `show` with the value of a parameter now and whenever it changes, `wait` with what it waits for or glides to. */
export function register(name, show, wait = () => {}) {
  if (!dials.has(name)) dials.set(name, []);
  dials.get(name).push({ show, wait });
  if (name in store.params) show(valueOf(name));
}

/** Forget every dial: they are made anew. */
export const forgetDials = () => dials.clear();

/** How a value is written. */
export function words(value, spec) {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number" && spec.type === "float") return String(+value.toFixed(spec.range[1] > 20 ? 1 : 2));
  return String(value);
}

/** The step of a number's slider: a two-hundredth of its range, rounded to a plain one. */
export function stepOf({ type, range: [low, high] }) {
  if (type === "int") return 1;
  return [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1].find((step) => (high - low) / step <= STEPS) ?? 1;
}

function shown(value, spec) {
  if (spec.type === "choice") return []; // the choice itself shows it
  const text = words(value, spec);
  return spec.unit && typeof value === "number" ? [text, " ", make("span", { class: "unit" }, spec.unit)] : [text];
}

function bounds(spec) {
  if (!spec.range || spec.type === "int") return [];
  const [low, high] = spec.range;
  return [make("div", { class: "range", "aria-hidden": "true" }, make("span", {}, String(low)), make("span", {}, String(high)))];
}

const KINDS = {
  float: slider,
  int: slider,
  bool(name, _spec, id) {
    const element = make("button", {
      id, class: "switch", type: "button", role: "switch", "aria-checked": "false",
      onclick: () => change({ [name]: element.getAttribute("aria-checked") !== "true" }),
    });
    return { element, show: (value) => element.setAttribute("aria-checked", String(value)) };
  },
  choice(name, spec, id) {
    const element = make("select", { id, onchange: () => change({ [name]: element.value }) },
      ...spec.choices.map((choice) => make("option", { value: choice }, choice)));
    return { element, show: (value) => { element.value = value; } };
  },
};

function slider(name, spec, id, label) {
  const [low, high] = spec.range;
  const element = make("input", {
    id, type: "range", min: low, max: high, step: stepOf(spec), "aria-label": label,
    oninput: () => change({ [name]: spec.type === "int" ? Math.round(+element.value) : +element.value }),
  });
  const show = (value) => {
    if (document.activeElement !== element || +element.value !== value) element.value = value;
    element.style.setProperty("--part", `${(100 * (value - low)) / (high - low)}%`);
  };
  return { element, show };
}

on("params", (params) => {
  for (const [name, value] of Object.entries(params)) for (const { show } of dials.get(name) ?? []) show(value);
});
on("pending", (pending = {}) => {
  for (const [name, own] of dials) for (const { wait } of own) wait(pending[name]?.target);
});

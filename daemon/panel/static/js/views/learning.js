/** MIDI learn: a mode in which every dial shows the control that is bound to it, and a click binds the next one that is moved. */
import { byId, make } from "../parts/dom.js";
import { say } from "../parts/toast.js";
import { ask } from "../state/api.js";
import { on } from "../state/bus.js";

/** @type {Map<string, string[]>} The controls of each parameter. */
const bound = new Map();
// The dials, the heads of the mixer's strips for the mutes, and buttons that are actions of controllers.
const PLACES = ".dial[data-name], [data-learn]";
let isOn = false;
let wanted = "";

export function makeLearning() {
  byId("learn").addEventListener("click", () => turn(!isOn));
  document.addEventListener("keydown", (event) => {
    if (!isOn || event.key !== "Escape") return;
    event.stopPropagation();
    turn(false);
  }, true);
}

/** @type {(isSo: boolean) => Promise<void>} */
async function turn(isSo) {
  if (!isSo) {
    if (wanted) ask("learn", { action: "cancel" });
    leave();
    return;
  }
  if (!(await load())) return;
  isOn = true;
  byId("learn").setAttribute("aria-pressed", "true");
  tell("Choose a control of this page, then move a knob.");
  cover();
}

function leave() {
  isOn = false;
  wanted = "";
  byId("learn").setAttribute("aria-pressed", "false");
  tell("");
  for (const each of document.querySelectorAll(".learn-cover")) each.remove();
}

/** @type {() => Promise<boolean>} */
async function load() {
  const listed = await ask("learn", { action: "list" }, "MIDI learn");
  if (!listed) return false;
  bound.clear();
  for (const { param, control } of listed.bindings) bound.set(param, [...(bound.get(param) ?? []), control]);
  return true;
}

/** Lay two buttons over every dial: one to bind it, one to unassign what is bound. */
function cover() {
  for (const each of document.querySelectorAll(".learn-cover")) each.remove();
  for (const dial of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(PLACES))) {
    const name = dial.dataset.name ?? dial.dataset.learn ?? "";
    const controls = bound.get(name) ?? [];
    const words = name === wanted ? "move a knob ..." : controls.join(", ") || "not bound";
    const bind = make("button", {
      type: "button", class: "learn-bind", title: words, "data-param": name, "aria-label": `Bind a MIDI control to ${name}: ${words}`, "aria-pressed": String(name === wanted),
      onclick: () => start(name),
    }, words);
    const remove = make("button", { type: "button", class: "learn-remove", "aria-label": `Unassign ${name}`, onclick: () => unassign(name) }, "×");
    dial.append(make("div", { class: "learn-cover" }, bind, ...(controls.length ? [remove] : [])));
  }
}

/** @type {(name: string) => Promise<void>} */
async function start(name) {
  const started = await ask("learn", { action: "start", param: name }, "MIDI learn");
  if (!started || !isOn) return;
  wanted = name;
  const ports = Object.entries(started.ports).map(([port, state]) => `${port} (${state})`);
  tell(`Move a knob or press a key for ${name}. Inputs: ${ports.join(", ") || "none"}.`);
  refocus(name);
}

/** @type {(name: string) => Promise<void>} */
async function unassign(name) {
  if ((await ask("learn", { action: "unassign", param: name }, "MIDI learn")) === undefined) return;
  await load();
  if (isOn) refocus(name);
}

/** Show what is bound now, and leave the focus where it was.
 * @type {(name: string) => void} */
function refocus(name) {
  cover();
  const buttons = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`.learn-bind[data-param="${CSS.escape(name)}"]`));
  [...buttons].find((each) => each.offsetParent !== null)?.focus(); // a parameter may be on several pages
}

/** @type {(words: string) => void} */
const tell = (words) => { byId("learn-words").textContent = words; };

on("learn", async ({ state, param, control, instead_of: others = [] }) => {
  if (!isOn) return;
  if (state === "heard") return tell(`Heard ${control}; move it further.`);
  if (state === "listening") return;
  if (state === "bound") {
    say(`${control} is bound to ${param}${others.length ? `, no longer to ${others.join(", ")}` : ""}.`);
    tell("Choose the next one, or press Escape.");
  }
  if (state === "timed out") tell(`No control was moved for ${param}.`);
  wanted = "";
  await load();
  if (isOn) cover();
});
on("specs", leave);

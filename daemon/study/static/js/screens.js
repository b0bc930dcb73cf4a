// The screens: welcome, a clip, the attention check, the end.

import { draftOf, keepDraft } from "./draft.js";
import { make } from "./dom.js";
import { player } from "./player.js";
import { SCALES, scaleGroup } from "./scales.js";
import { text } from "./texts.js";

const CHOICES = {
  playing: ["never", "once", "some", "long"],
  listening: ["rarely", "monthly", "weekly", "daily"],
};

/** @typedef {{ nodes: Node[], close?: () => void }} Shown */
/** @typedef {(key: string, values?: Record<string, string | number>) => void} Trouble */

/**
 * @param {{ clips: number, seconds: number, minutes: number }} about @param {(told: Record<string, string>) => void} begin
 * @returns {Shown}
 */
export function welcome(about, begin) {
  const questions = Object.entries(CHOICES).map(([name, choices]) => question(name, choices));
  const button = make("button", { type: "submit", class: "main" }, text("begin"));
  const form = make("form", {}, make("h2", {}, text("optional")), ...questions, make("p", { class: "next" }, button));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    begin(Object.fromEntries([...form.querySelectorAll("select")].map((each) => [each.name, each.value])));
  });
  const told = [make("p", {}, text("task", about)), make("p", {}, text("advice"))];
  const kept = [make("h2", {}, text("kept_title")), make("p", {}, text("kept"))];
  return { nodes: [title("welcome"), ...told, ...kept, form] };
}

/** @param {any} screen @param {string} token @param {(answer: object) => void} send @param {Trouble} trouble @returns {Shown} */
export function rating(screen, token, send, trouble) {
  const draft = draftOf(token, screen.number);
  const isClip = screen.kind === "clip";
  const button = make("button", { type: "button", class: "main", id: "next" }, text("next"));

  /** Tell what is missing: a key of a text and its values, or null. @returns {[string, Record<string, string | number>] | null} */
  function missing() {
    if (isClip && draft.heard < screen.least_heard) return ["missing_heard", { least: Math.ceil(screen.least_heard) }];
    const scales = SCALES.filter((scale) => !draft.ratings[scale]).map((scale) => text(scale));
    return scales.length ? ["missing_ratings", { scales: scales.join(", ") }] : null;
  }

  /** Keep the draft and show whether the screen is complete. */
  function changed() {
    keepDraft(draft);
    button.setAttribute("aria-disabled", String(missing() !== null));
    if (!missing()) trouble("");
  }

  const heard = isClip
    ? player(screen, draft.heard, (seconds) => { draft.heard = seconds; changed(); }, trouble)
    : null;
  const groups = SCALES.map((scale) =>
    scaleGroup(scale, draft.ratings[scale], (value) => { draft.ratings[scale] = value; changed(); }));
  let isSent = false;
  button.addEventListener("click", () => {
    const lack = missing();
    if (lack) trouble(...lack);
    else if (!isSent) {
      isSent = true;
      heard?.close();
      send({ ratings: SCALES.map((scale) => draft.ratings[scale]), heard_seconds: draft.heard });
    }
  });
  changed();
  const head = heard ? [title("clip"), heard.element] : [title("check"), make("p", {}, asked(screen.asked))];
  return { nodes: [...head, ...groups, make("p", { class: "next" }, button)], close: () => heard?.close() };
}

/** @param {{ code: string }} screen @param {() => void} another @returns {Shown} */
export function done(screen, another) {
  const button = make("button", { type: "button", id: "another" }, text("another"));
  button.addEventListener("click", another);
  const code = make("p", { class: "code" }, screen.code);
  return { nodes: [title("done"), make("p", {}, text("done_told")), code, make("p", { class: "next" }, button)] };
}

/** @param {string} key @returns {HTMLElement} */
function title(key) {
  return make("h1", { tabindex: "-1" }, text(key));
}

/** @param {number[]} numbers @returns {string} */
function asked(numbers) {
  const items = SCALES.map((scale, index) => text("check_item", { scale: text(scale), number: numbers[index] }));
  return text("check_task", { asked: items.join(", ") });
}

/** @param {string} name @param {string[]} choices @returns {HTMLElement} */
function question(name, choices) {
  const options = choices.map((choice) => make("option", { value: choice }, text(`${name}_${choice}`)));
  const select = make("select", { name }, make("option", { value: "" }, text("unsaid")), ...options);
  return make("label", { class: "question" }, make("span", {}, text(name)), select);
}

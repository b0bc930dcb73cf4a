// The course of the page: which screen is shown, and what is sent when it is left.

import { ask, keepToken, Refusal, token } from "./api.js";
import { byId } from "./dom.js";
import { done, rating, welcome } from "./screens.js";
import * as texts from "./texts.js";

const { text } = texts;
const TOLD = new Set(["full", "unknown", "too_many"]); // refusals that have a text
const PAUSE_S = 15; // for the ratings of a clip

/** @type {import("./screens.js").Shown} */
let shown = { nodes: [] };
/** @type {any} What the server told of the study and of the present screen; no screen: the welcome. */
const state = { about: null, screen: null };

/** Show a sentence about what is wrong, or none. @param {string} key @param {Record<string, string | number>} values */
function trouble(key, values = {}) {
  const told = key ? text(key, values) : "";
  if (byId("trouble").textContent !== told) byId("trouble").textContent = told;
}

/** @param {boolean} isLost */
function reached(isLost) {
  trouble(isLost ? "retry" : "");
}

/** Show the present screen. @param {boolean} isNew Whether the listener has just come to it. */
function show(isNew) {
  const { about, screen } = state;
  shown.close?.();
  if (!screen) shown = welcome(about, begin);
  else if (screen.kind === "done") shown = done(screen, another);
  else shown = rating(screen, token(), send, trouble);
  byId("screen").replaceChildren(...shown.nodes);
  const isCounted = screen && screen.kind !== "done";
  const place = isCounted ? text("place", { number: screen.number + 1, count: screen.count }) : "";
  byId("place").textContent = place;
  document.title = place ? `${place} - ${text("title")}` : text("title");
  byId("languages").setAttribute("aria-label", text("language"));
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.getAttribute("data-language") === texts.language));
  }
  if (!isNew) return;
  scrollTo(0, 0);
  document.querySelector("h1")?.focus();
}

/** @param {any} screen */
function goTo(screen) {
  state.screen = screen;
  show(true);
}

/** @param {Record<string, string>} told What the listener says of himself or herself. */
async function begin(told) {
  await guarded(async () => {
    const result = await ask("POST", "/api/listeners", { language: texts.language, ...told }, reached);
    keepToken(result.token);
    goTo(result.screen);
  });
}

/** @param {object} answer */
async function send(answer) {
  await guarded(async () => {
    const result = await ask("PUT", `/api/answers/${state.screen.number}`, answer, reached);
    goTo(result.screen);
  });
}

/** Let another person begin on this device. */
function another() {
  keepToken("");
  goTo(null);
}

/** Do something, and show a refusal in words. @param {() => Promise<void>} action */
async function guarded(action) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === "unknown") another();
    if (TOLD.has(error.code)) trouble(error.code);
    else location.reload(); // the page and the server disagree; the server knows where the listener is
  }
}

/** @param {string} name */
async function choose(name) {
  texts.remember(name);
  await texts.load(name);
  show(false);
}

/** Begin where the listener was. */
async function start() {
  await texts.load(texts.language);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => { void choose(button.getAttribute("data-language") ?? "en"); });
  }
  const told = await ask("GET", "/api/study", undefined, reached);
  state.about = { clips: told.clips, seconds: told.seconds, minutes: Math.max(Math.ceil((told.clips * (told.seconds + PAUSE_S)) / 60), 2) };
  if (!token()) { show(false); return; }
  await guarded(async () => {
    const result = await ask("GET", "/api/screen", undefined, reached);
    keepToken(token());
    goTo(result.screen);
  });
}

void start();

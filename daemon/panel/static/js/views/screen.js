/** The menu about the screen: theme, full screen, and whether it stays on while the music plays. */
import { byId, make } from "../parts/dom.js";
import { shortcut, toggleDialog } from "../parts/shortcuts.js";
import { THEMES, chooseTheme, themeNow } from "../parts/theme.js";
import { say } from "../parts/toast.js";
import { on } from "../state/bus.js";
import { store } from "../state/store.js";

const STORED = "edmd-awake";
/** @type {WakeLockSentinel | null} */
let held = null;
let isAwake = localStorage.getItem(STORED) !== "off";

export function makeScreen() {
  byId("menu-open").addEventListener("click", () => toggleDialog(byId("menu")));
  byId("menu-close").addEventListener("click", () => byId("menu").close());
  byId("keys").addEventListener("click", () => byId("menu").close());
  byId("themes").append(...THEMES.map(choice));
  byId("themes").addEventListener("keydown", step);
  byId("fullscreen").addEventListener("click", fill);
  document.addEventListener("fullscreenchange", () => byId("fullscreen").setAttribute("aria-pressed", String(document.fullscreenElement !== null)));
  shortcut("f", "full screen, and back", fill);
  byId("awake").addEventListener("click", () => {
    isAwake = !isAwake;
    localStorage.setItem(STORED, isAwake ? "on" : "off");
    stayAwake();
  });
  if (!("wakeLock" in navigator)) byId("awake-words").textContent = "This browser can keep the screen on only for pages at localhost or over https, if at all.";
  document.addEventListener("visibilitychange", stayAwake); // a hidden page loses the lock
  showTheme();
  stayAwake();
}

/** @type {(name: string) => HTMLElement} */
const choice = (name) => make("button", { type: "button", role: "radio", "data-theme-name": name, onclick: () => pick(name) }, name);

/** @type {(name: string) => void} */
function pick(name) {
  chooseTheme(name);
  showTheme();
}

/** @type {(event: KeyboardEvent) => void} */
function step(event) {
  const sign = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!sign) return;
  event.preventDefault();
  pick(THEMES[(THEMES.indexOf(themeNow()) + sign + THEMES.length) % THEMES.length]);
  /** @type {HTMLElement | null} */ (byId("themes").querySelector('[aria-checked="true"]'))?.focus();
}

function showTheme() {
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (byId("themes").querySelectorAll("button"))) {
    const isChosen = each.dataset.themeName === themeNow();
    each.setAttribute("aria-checked", String(isChosen));
    each.tabIndex = isChosen ? 0 : -1;
  }
}

async function fill() {
  try {
    await (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
  } catch {
    say("This browser does not show pages in full screen.", true);
  }
}

/** Keep the screen on while the music plays and this page is seen. */
async function stayAwake() {
  byId("awake").setAttribute("aria-checked", String(isAwake));
  const isWanted = isAwake && store.transport.state === "playing" && !document.hidden;
  if (isWanted === (held !== null && !held.released)) return;
  if (!isWanted) return void held?.release();
  try {
    held = (await navigator.wakeLock?.request("screen")) ?? null;
  } catch {
    held = null; // the system saves power
  }
}

on("transport", stayAwake);

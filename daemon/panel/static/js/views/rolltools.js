/** The buttons of the piano roll: how many bars it shows, and a picture or a score of the last bars. */
import { Refused, ask, get } from "../state/api.js";
import { askNow } from "../state/now.js";
import { byId, find, make } from "../parts/dom.js";
import { dragOut } from "../parts/dragout.js";
import { opened } from "../parts/openings.js";
import { shortcut } from "../parts/shortcuts.js";
import { say } from "../parts/toast.js";
import { canZoom, zoom, zoomBy } from "../parts/zoom.js";

const LOOK_MS = 400;
/** @typedef {{ words: string, suffix: string, also?: string }} Kind */
/** @type {Record<string, Kind>} */
const KINDS = { picture: { words: "Picture", suffix: "png" }, score: { words: "Score", suffix: "svg", also: "pdf" } };

const fewer = make("button", { type: "button", "aria-label": "Show fewer bars", title: "Show fewer bars (+)", onclick: () => turn(-1) }, "+");
const more = make("button", { type: "button", "aria-label": "Show more bars", title: "Show more bars (−)", onclick: () => turn(1) }, "−");
const shown = make("output", { class: "zoom-bars" });

export function makeRollTools() {
  const drawing = Object.values(KINDS).map((kind) => {
    const button = make("button", { type: "button", onclick: () => draw(kind, button) }, kind.words);
    return button;
  });
  byId("legend").after(make("span", { class: "roll-tools", role: "group", "aria-label": "Piano roll" }, more, shown, fewer, ...drawing));
  shortcut("+", "shows fewer bars in the piano roll", () => turn(-1));
  shortcut("-", "shows more bars in the piano roll", () => turn(1));
  byId("roll").addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // two fingers that pinch send this too
    event.preventDefault();
    turn(Math.sign(event.deltaY));
  }, { passive: false });
  turn(0);
}

/** @type {(direction: number) => void} */
function turn(direction) {
  if (direction !== 0) zoomBy(direction);
  shown.textContent = `${zoom.bars} bars`;
  for (const [button, way] of /** @type {[HTMLElement, number][]} */ ([[fewer, -1], [more, 1]])) button.setAttribute("aria-disabled", String(!canZoom(way)));
  const last = `of the last ${zoom.bars} bars`;
  byId("roll").setAttribute("aria-label", `Piano roll, drum grid, sections and chords ${last}, and what will come`);
}

/** Capture the last bars, draw them, and show the drawing.
 * @type {(kind: Kind, button: HTMLButtonElement) => Promise<void>} */
async function draw(kind, button) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  button.textContent = `${kind.words}…`;
  const told = await askNow("capture", { bars: zoom.bars }, kind.words);
  const name = told && (await made(told.path.split(/[\\/]/).pop(), kind.suffix));
  button.removeAttribute("aria-busy");
  button.textContent = kind.words;
  if (name) show(kind, name, told.from_bar + 1, told.from_bar + told.bars);
}

/** Let a drawing of a capture be made. Return its name, or undefined after a message about what went wrong.
 * @type {(capture: string, suffix: string) => Promise<string | undefined>} */
async function made(capture, suffix) {
  const begun = await ask(`captures/${capture}/draw`, { suffix });
  if (!begun) return undefined;
  const wrong = await ended(begun.name);
  if (wrong === "") return begun.name;
  say(wrong, true);
  return undefined;
}

/** Wait until a drawing is ready or has failed. Return "" or the reason.
 * @type {(name: string) => Promise<string>} */
async function ended(name) {
  for (;;) {
    try {
      const { state, error } = await get(`captures/${name}/drawing`);
      if (state !== "working") return state === "ready" ? "" : error;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return error.message;
    }
    await new Promise((done) => { setTimeout(done, LOOK_MS); });
  }
}

/** @type {(kind: Kind, name: string, first: number, last: number) => void} */
function show(kind, name, first, last) {
  const title = `${kind.words} of ${first === last ? `bar ${first}` : `bars ${first} to ${last}`}`;
  const path = (/** @type {string} */ file) => `/api/captures/${file}`;
  const files = make("span", { class: "files" }, dragOut(path(name), name, `↓ .${kind.suffix}`));
  const close = make("button", { type: "button", class: "primary", onclick: () => dialog.close() }, "Close");
  const dialog = make("dialog", { class: "drawn card", "aria-label": title },
    make("div", { class: "drawn-head" }, make("h2", {}, title), files, close),
    make("div", { class: "drawn-sheet", tabindex: "0", role: "region", "aria-label": title }, make("img", { src: path(name), alt: title })));
  const { also } = kind;
  if (also) {
    const button = make("button", { type: "button", onclick: async () => {
      button.disabled = true;
      const other = await made(name.replace(/\.\w+$/, ".mid"), also);
      if (other) button.replaceWith(dragOut(path(other), other, `↓ .${also}`));
      else button.disabled = false;
    } }, `Make .${also}`);
    files.append(button);
  }
  document.body.append(dialog);
  // It leaves the bar with *Panic* free, so it is not modal.
  dialog.style.top = `${Math.max(find("header").getBoundingClientRect().bottom, 0) + 8}px`;
  dialog.show();
  const closed = opened(() => dialog.close());
  dialog.addEventListener("close", () => {
    closed();
    dialog.remove();
  });
}

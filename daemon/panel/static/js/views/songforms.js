/** The two forms of the songs page: compose a song, upload a song. */
import { ask } from "../state/api.js";
import { complaints } from "../parts/complaint.js";
import { byId } from "../parts/dom.js";
import { readWhole } from "../parts/numbers.js";
import { shareOf, tame } from "../parts/slide.js";

const LEAPS = 20;
const MIB = 2 ** 20;

/** Return the field of a form that has this name.
 * @type {(form: HTMLFormElement, name: string) => HTMLInputElement} */
const field = (form, name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));

/** Set up both forms. `whenBegun` is called when the panel has accepted a song.
 * @type {(whenBegun: () => Promise<void>) => void} */
export function makeSongForms(whenBegun) {
  const form = byId("song-form");
  const upload = byId("upload-form");
  const wrong = Object.fromEntries(["bars", "seed"].map((name) => [name, beneath(field(form, name))]));
  const file = field(upload, "file");
  const wrongFile = beneath(file);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const whole = readWholes(form, wrong);
    if (whole && (await ask("songs", { ...whole, ...rest(form) }, "Compose"))) await whenBegun();
  });
  upload.addEventListener("submit", async (event) => {
    event.preventDefault();
    const most = Number(file.dataset.most);
    const chosen = file.files?.[0];
    if (chosen && chosen.size > most) return wrongFile(tooLarge(chosen, most));
    if (!(await ask("songs/upload", new FormData(upload), "Upload"))) return;
    upload.reset();
    await whenBegun();
  });
  for (const range of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll('input[type="range"]'))) makeRange(range);
}

/** @type {(input: HTMLElement) => (words: string) => void} */
function beneath(input) {
  const { line, complain } = complaints(input);
  input.closest("label")?.after(line);
  return complain;
}

/** Return length and seed. If one is not a whole number, show an error below it and return null.
 * @type {(form: HTMLFormElement, wrong: Record<string, (words: string) => void>) => Record<string, number> | null} */
function readWholes(form, wrong) {
  const read = Object.fromEntries(["bars", "seed"].map((name) => [name, field(form, name).value.trim()]).filter(([, text]) => text !== ""));
  const numbers = Object.fromEntries(Object.entries(read).map(([name, text]) => [name, readWhole(text, name === "bars" ? "bars" : "")]));
  const bad = Object.keys(numbers).filter((name) => Number.isNaN(numbers[name]));
  for (const name of bad) wrong[name](`${name === "bars" ? "the length is a whole number of bars" : "the seed is a whole number"}; got ${read[name]}`);
  if (bad.length) field(form, bad[0]).focus();
  return bad.length ? null : numbers;
}

/** @type {(form: HTMLFormElement) => object} */
function rest(form) {
  const model = field(form, "model").value;
  const numbers = ["temperature", "classical_mix", "energy"].map((name) => [name, +field(form, name).value]);
  return { ...(model ? { model } : {}), ...Object.fromEntries(numbers) };
}

/** The page checks the size before it sends a file: if the panel closed the connection during the upload, the reason would be lost.
 * @type {(file: File, most: number) => string} */
function tooLarge({ name, size }, most) {
  return `${name} has ${Math.ceil((size * 100) / MIB) / 100} MiB; the limit for a MIDI file is ${most / MIB} MiB`;
}

/** @type {(range: HTMLInputElement) => void} */
function makeRange(range) {
  const paint = () => {
    if (range.nextElementSibling) range.nextElementSibling.textContent = range.value;
    range.style.setProperty("--part", `${100 * shareOf(range)}%`);
  };
  tame(range, Math.max(Math.round((+range.max - +range.min) / LEAPS / +range.step), 1) * +range.step);
  range.addEventListener("input", paint);
  paint();
}

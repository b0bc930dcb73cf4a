/** The two forms of the songs page: compose a song, upload a song. */
import { ask } from "./api.js";
import { complaints } from "./complaint.js";
import { byId } from "./dom.js";
import { readWhole } from "./numbers.js";
import { shareOf, tame } from "./slide.js";

const LEAPS = 20;
const MIB = 2 ** 20;

/** Set up both forms. `whenBegun` is called when the panel has accepted a song. */
export function makeSongForms(whenBegun) {
  const form = byId("song-form");
  const wrong = Object.fromEntries(["bars", "seed"].map((name) => [name, beneath(form.elements[name])]));
  const file = byId("upload-form").elements.file;
  const wrongFile = beneath(file);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const whole = readWholes(form, wrong);
    if (whole && (await ask("songs", { ...whole, ...rest(form) }, "Compose"))) await whenBegun();
  });
  byId("upload-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const most = +file.dataset.most;
    if (file.files[0]?.size > most) return wrongFile(tooLarge(file.files[0], most));
    if (!(await ask("songs/upload", new FormData(event.target), "Judge it"))) return;
    event.target.reset();
    await whenBegun();
  });
  for (const range of form.querySelectorAll('input[type="range"]')) makeRange(range);
}

function beneath(input) {
  const { line, complain } = complaints(input);
  input.closest("label").after(line);
  return complain;
}

/** Return length and seed. If one is not a whole number, show an error below it and return null. */
function readWholes(form, wrong) {
  const read = Object.fromEntries(["bars", "seed"].map((name) => [name, form.elements[name].value.trim()]).filter(([, text]) => text !== ""));
  const numbers = Object.fromEntries(Object.entries(read).map(([name, text]) => [name, readWhole(text, name === "bars" ? "bars" : "")]));
  const bad = Object.keys(numbers).filter((name) => Number.isNaN(numbers[name]));
  for (const name of bad) wrong[name](`${name === "bars" ? "the length is a whole number of bars" : "the seed is a whole number"}; got ${read[name]}`);
  if (bad.length) form.elements[bad[0]].focus();
  return bad.length ? null : numbers;
}

function rest({ elements: { model, temperature, classical_mix: mix, energy } }) {
  return { ...(model.value ? { model: model.value } : {}), temperature: +temperature.value, classical_mix: +mix.value, energy: +energy.value };
}

/** The page checks the size before it sends a file: if the panel closed the connection during the upload, the reason would be lost. */
function tooLarge({ name, size }, most) {
  return `${name} has ${Math.ceil((size * 100) / MIB) / 100} MiB; the limit for a MIDI file is ${most / MIB} MiB`;
}

function makeRange(range) {
  const paint = () => {
    range.nextElementSibling.textContent = range.value;
    range.style.setProperty("--part", `${100 * shareOf(range)}%`);
  };
  tame(range, Math.max(Math.round((range.max - range.min) / LEAPS / range.step), 1) * range.step);
  range.addEventListener("input", paint);
  paint();
}

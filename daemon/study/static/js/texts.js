// The texts of the page in the listener's language.

const LANGUAGES = new Set(["en", "de"]);
const KEY = "edmd-study-language";

/** @type {Record<string, string>} */
let texts = {};
export let language = chosen();

/** The language that was chosen before, or the first of the browser's languages that the study has. @returns {string} */
function chosen() {
  const wanted = [localStorage.getItem(KEY) ?? "", ...navigator.languages];
  return wanted.map((each) => each.slice(0, 2).toLowerCase()).find((each) => LANGUAGES.has(each)) ?? "en";
}

/** Load the texts of a language. @param {string} name */
export async function load(name) {
  const answer = await fetch(`/static/texts/${name}.json`);
  texts = await answer.json();
  language = name;
  document.documentElement.lang = name;
}

/** Remember the language for this device. @param {string} name */
export function remember(name) {
  localStorage.setItem(KEY, name);
}

/** A text with values in its braces. @param {string} key @param {Record<string, string | number>} values @returns {string} */
export function text(key, values = {}) {
  return (texts[key] ?? key).replaceAll(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

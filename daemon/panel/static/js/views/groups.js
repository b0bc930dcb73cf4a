/** All dials in groups. Some well-known parameters have a fixed group; the others are grouped by the last part of their name. */
import { byId, freshId, make } from "../parts/dom.js";
import { dial } from "../controls/dials.js";
import { makeMixer } from "../controls/mixer.js";
import { KIT, VOICES } from "../parts/music.js";
import { readable } from "../parts/names.js";
import { opened } from "../parts/openings.js";
import { makePads } from "../controls/pads.js";
import { on } from "../state/bus.js";

/** @type {[string, string[]][]} */
const WISHES = [
  ["Arrangement", ["tempo", "genre", "genre_to", "genre_mix", "director", "section", "energy", "density", "simplicity", "repetition", "hook", "loop"]],
  ["Harmony", ["classical_mix", "scale", "key", "chord_loop", "transpose"]],
  ["Touch", ["swing", "humanize", "gate", "velocity"]],
  ["Sampling", ["melody.temperature", "melody.top_p", "percussion.temperature", "percussion.top_p"]],
];

/** @type {Set<string>} The first words of the parameters that are in the mixer's strips. */
const IN_STRIPS = new Set([...VOICES, ...KIT]);

on("specs", (specs) => {
  makeMixer(byId("strips"));
  makePads(byId("pads"));
  byId("groups").replaceChildren(...grouped(Object.keys(specs)).map(group));
});

/** Return [title, names] of each group. Each parameter outside the mixer's strips is in exactly one group.
 * @type {(names: string[]) => [string, string[]][]} */
function grouped(names) {
  const left = new Set(names.filter((name) => !IN_STRIPS.has(name.split(".")[0])));
  /** @type {[string, string[]][]} */
  const wished = WISHES.map(([title, wish]) => [title, wish.filter((name) => left.delete(name))]);
  /** @type {Map<string, string[]>} */
  const rest = new Map();
  for (const name of left) {
    const title = name.includes(".") ? name.slice(name.lastIndexOf(".") + 1) : "more";
    rest.set(title, [...(rest.get(title) ?? []), name]);
  }
  return [...wished, ...rest].filter(([, own]) => own.length);
}

/** @type {(group: [title: string, names: string[]]) => HTMLElement} */
function group([title, names]) {
  const id = freshId("group");
  const box = make("section", { class: "card group", "aria-labelledby": id });
  let closed = () => {};
  const turn = () => {
    const isOpen = box.classList.toggle("with-help");
    help.setAttribute("aria-expanded", String(isOpen));
    closed();
    closed = isOpen ? opened(turn) : () => {};
  };
  const help = make("button", { type: "button", "aria-expanded": "false", "aria-label": `Explain ${title}`, onclick: turn }, "What is this?");
  box.append(make("div", { class: "group-head" }, make("h2", { id }, title), help), ...names.map((name) => dial(name, readable(name))));
  return box;
}

/** All dials in groups. Some well-known parameters have a fixed group; the others are grouped by the last part of their name. */
import { byId, freshId, make } from "./dom.js";
import { dial, forgetDials } from "./dials.js";
import { makeMixer } from "./mixer.js";
import { KIT, VOICES } from "./music.js";
import { opened } from "./openings.js";
import { makePads } from "./pads.js";
import { store } from "./store.js";
import { on } from "./stream.js";

const WISHES = [
  ["Arrangement", ["tempo", "director", "section", "energy", "density", "repetition"]],
  ["Harmony", ["classical_mix", "scale", "key", "chord_loop", "transpose"]],
  ["Touch", ["swing", "humanize", "gate", "velocity"]],
  ["Sampling", ["melody.temperature", "melody.top_p", "percussion.temperature", "percussion.top_p"]],
];

on("specs", (specs) => {
  forgetDials();
  makeMixer(byId("strips"));
  makePads(byId("pads"));
  byId("groups").replaceChildren(...grouped(Object.keys(specs)).map(group));
});

/** Return [title, names] of each group. Each parameter outside the mixer's strips is in exactly one group. */
function grouped(names) {
  const left = new Set(names.filter((name) => ![...VOICES, ...KIT].includes(name.split(".")[0])));
  const wished = WISHES.map(([title, wish]) => [title, wish.filter((name) => left.delete(name))]);
  const rest = new Map();
  for (const name of left) {
    const title = name.includes(".") ? name.split(".").at(-1) : "more";
    rest.set(title, [...(rest.get(title) ?? []), name]);
  }
  return [...wished, ...rest].filter(([, own]) => own.length);
}

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

/** Return a parameter's name as the page shows it: "melody temperature". */
export const readable = (name) => name.replaceAll("_", " ").replaceAll(".", " ");

/** Return the names of a voice's parameters, except its mute. Parameters of single drums belong to the drums. */
export const ofVoice = (voice) =>
  Object.keys(store.specs).filter((name) => {
    const first = name.split(".")[0];
    return (first === voice || (voice === "drums" && KIT.includes(first))) && name !== `${voice}.mute`;
  });

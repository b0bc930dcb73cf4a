/** When a change begins and how long it glides; presets, which follow the same wish. */
import { ask, get } from "./api.js";
import { byId, make } from "./dom.js";
import { store } from "./store.js";
import { on } from "./stream.js";
import { say } from "./toast.js";

const AT = [["now", "now"], ["beat", "beat"], ["bar", "bar"], ["phrase", "phrase"]];
const OVER = [[0, "0"], [4, "4"], [16, "16"], [32, "32"]];

export function makeWhen() {
  segments(byId("when-at"), AT, () => store.at, (value) => { store.at = value; });
  segments(byId("when-over"), OVER, () => store.over, (value) => { store.over = value; });
  makePresets(byId("presets"));
}

function segments(box, choices, read, write) {
  const buttons = choices.map(([value, label]) =>
    make("button", { type: "button", role: "radio", onclick: () => choose(value) }, label));
  const choose = (value) => {
    write(value);
    show();
  };
  const show = () => buttons.forEach((button, index) => {
    const isChosen = choices[index][0] === read();
    button.setAttribute("aria-checked", String(isChosen));
    button.tabIndex = isChosen ? 0 : -1;
  });
  box.addEventListener("keydown", (event) => {
    const sign = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!sign) return;
    event.preventDefault();
    const index = (choices.findIndex(([value]) => value === read()) + sign + choices.length) % choices.length;
    choose(choices[index][0]);
    buttons[index].focus();
  });
  box.append(...buttons);
  show();
}

function makePresets(box) {
  const name = make("input", { type: "text", maxlength: 64, placeholder: "name of a new one", "aria-label": "Name of a new preset" });
  const list = make("ul", { class: "preset-list", "aria-labelledby": "presets-title" });
  const save = async () => {
    if (name.value.trim() === "") return name.focus();
    const saved = await ask("preset", { action: "save", name: name.value.trim() });
    if (saved) {
      say(`Saved ${saved.name}.`);
      name.value = "";
      await refresh();
    }
  };
  const form = make("form", { class: "preset-new", onsubmit: (event) => { event.preventDefault(); save(); } }, name, make("button", { type: "submit" }, "Save"));
  const refresh = async () => {
    try {
      const { presets } = await get("presets");
      list.replaceChildren(...presets.map((each) => entry(each, refresh)));
    } catch { /* the banner says that nobody answers */ }
  };
  box.append(form, list);
  on("learnt", refresh);
}

function entry(name, refresh) {
  const when = () => ({ ...(store.at === "now" ? {} : { at: store.at }), ...(store.over ? { over: store.over } : {}) });
  const load = async () => {
    if (await ask("preset", { action: "load", name, ...when() })) say(`Loaded ${name}.`);
  };
  const drop = async () => {
    if (await ask("preset", { action: "delete", name })) await refresh();
  };
  return make("li", {},
    make("button", { type: "button", class: "load", onclick: load }, name),
    make("button", { type: "button", class: "drop", "aria-label": `Delete preset ${name}`, onclick: drop }, "×"));
}

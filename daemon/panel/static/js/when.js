/** When a change begins and how long it glides; presets, which follow the same wish. */
import { ask, get } from "./api.js";
import { confirming } from "./confirm.js";
import { byId, make } from "./dom.js";
import { store, wish } from "./store.js";
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
  let known = [];
  const save = async () => {
    if (name.value.trim() === "") return name.focus();
    const saved = await ask("preset", { action: "save", name: name.value.trim() });
    if (!saved) return;
    say(`Saved ${saved.name}.`);
    name.value = "";
    await refresh();
  };
  const button = make("button", { type: "submit" }, "Save");
  const { ease } = confirming(button, "Replace?", save, () => !known.includes(name.value.trim()));
  name.addEventListener("input", ease);
  const refresh = async () => {
    try {
      const { presets } = await get("presets");
      if (presets.join("\n") === known.join("\n")) return;
      known = presets;
      list.replaceChildren(...known.map((each) => entry(each, refresh)));
    } catch (error) {
      if (error.code === undefined) throw error; // else the banner says that nobody answers
    }
  };
  box.append(make("form", { class: "preset-new" }, name, button), list);
  let count = null;
  on("facts", ({ presets }) => {
    if (presets !== undefined && presets === count) return;
    count = presets;
    refresh();
  });
}

function entry(name, refresh) {
  const load = async () => {
    if (await ask("preset", { action: "load", name, ...wish() })) say(`Loaded ${name}.`);
  };
  const drop = async () => {
    if (await ask("preset", { action: "delete", name })) await refresh();
  };
  const button = make("button", { type: "button", class: "drop", "aria-label": `Delete preset ${name}` }, "×");
  confirming(button, "Delete?", drop);
  return make("li", {}, make("button", { type: "button", class: "load", onclick: load }, name), button);
}

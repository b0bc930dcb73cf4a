/** When a change begins and how long it glides. */
import { byId, make } from "./dom.js";
import { store } from "./store.js";

const AT = [["now", "now"], ["beat", "beat"], ["bar", "bar"], ["phrase", "phrase"]];
const OVER = [[0, "0"], [4, "4"], [16, "16"], [32, "32"]];

export function makeWhen() {
  segments(byId("when-at"), AT, () => store.at, (value) => { store.at = value; });
  segments(byId("when-over"), OVER, () => store.over, (value) => { store.over = value; });
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

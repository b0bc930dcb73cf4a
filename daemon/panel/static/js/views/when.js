/** When a change begins and how long it glides. */
import { byId, make } from "../parts/dom.js";
import { store } from "../state/store.js";

/** @type {[string, string][]} */
const AT = [["now", "now"], ["beat", "beat"], ["bar", "bar"], ["phrase", "phrase"]];
/** @type {[number, string][]} */
const OVER = [[0, "0"], [4, "4"], [16, "16"], [32, "32"]];

/** @type {Record<string, number>} */
const SIGNS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export function makeWhen() {
  segments(byId("when-at"), AT, () => store.at, (value) => { store.at = value; });
  segments(byId("when-over"), OVER, () => store.over, (value) => { store.over = value; });
}

/** @type {<T>(box: HTMLElement, choices: [T, string][], read: () => T, write: (value: T) => void) => void} */
function segments(box, choices, read, write) {
  const buttons = choices.map(([value, label]) =>
    make("button", { type: "button", role: "radio", onclick: () => choose(value) }, label));
  const choose = (/** @type {typeof choices[number][0]} */ value) => {
    write(value);
    show();
  };
  const show = () => buttons.forEach((button, index) => {
    const isChosen = choices[index][0] === read();
    button.setAttribute("aria-checked", String(isChosen));
    button.tabIndex = isChosen ? 0 : -1;
  });
  box.addEventListener("keydown", (event) => {
    const sign = SIGNS[event.key];
    if (!sign) return;
    event.preventDefault();
    const index = (choices.findIndex(([value]) => value === read()) + sign + choices.length) % choices.length;
    choose(choices[index][0]);
    buttons[index].focus();
  });
  box.append(...buttons);
  show();
}

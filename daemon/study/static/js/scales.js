// The four scales, each a group of seven radio buttons.

import { make } from "./dom.js";
import { text } from "./texts.js";

export const SCALES = ["complexity", "creativity", "emotion", "enjoyment"];
const MOST = 7;

/**
 * @param {string} scale @param {number | undefined} chosen @param {(rating: number) => void} choose
 * @returns {HTMLElement}
 */
export function scaleGroup(scale, chosen, choose) {
  const numbers = make("div", { class: "numbers" });
  for (let rating = 1; rating <= MOST; rating++) {
    const radio = make("input", { type: "radio", name: scale, value: String(rating) });
    radio.checked = rating === chosen;
    radio.addEventListener("change", () => choose(rating));
    numbers.append(make("label", {}, radio, make("span", {}, String(rating))));
  }
  const [low, high] = ["low", "high"].map((end) => text(`${scale}_${end}`));
  const asks = make("p", { id: `${scale}-asks` }, text(`${scale}_asks`));
  const ends = make("div", { class: "ends", id: `${scale}-ends` }, make("span", {}, `1: ${low}`), make("span", {}, `${MOST}: ${high}`));
  return make(
    "fieldset",
    { id: scale, "aria-describedby": `${scale}-asks ${scale}-ends` },
    make("legend", {}, text(scale)),
    asks,
    numbers,
    ends,
  );
}

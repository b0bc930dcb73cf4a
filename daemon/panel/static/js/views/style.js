/** Tempo, genre and key on the page to perform, and the pad. */
import { dial } from "../controls/dials.js";
import { makeOwnPad } from "../controls/pads.js";
import { byId } from "../parts/dom.js";
import { on } from "../state/bus.js";

on("specs", () => {
  byId("style").replaceChildren(...["tempo", "genre", "key"].map((name) => dial(name)));
  makeOwnPad(byId("xy"));
});

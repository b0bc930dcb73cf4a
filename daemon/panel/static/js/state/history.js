/** Loads the readings from before this page was opened; the panel stores them. */
import { Refused, get } from "./api.js";
import { on, tell } from "./bus.js";
import { decks } from "./decks.js";

on("learnt", async () => {
  const { shown } = decks;
  try {
    const past = await get("history");
    if (shown === decks.shown) tell("history", past);
  } catch (error) {
    if (!(error instanceof Refused)) throw error; // the banner shows who does not answer
  }
});

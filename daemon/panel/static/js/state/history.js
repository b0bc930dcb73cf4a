/** Loads the readings from before this page was opened; the panel stores them. */
import { Refused, get } from "./api.js";
import { on, tell } from "./bus.js";

on("learnt", async () => {
  try {
    tell("history", await get("history"));
  } catch (error) {
    if (!(error instanceof Refused)) throw error; // the banner shows who does not answer
  }
});

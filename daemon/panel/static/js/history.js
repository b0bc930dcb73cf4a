/** Loads the readings from before this page was opened; the panel stores them. */
import { get } from "./api.js";
import { on, tell } from "./stream.js";

on("learnt", async () => {
  try {
    tell("history", await get("history"));
  } catch (error) {
    if (error.code === undefined) throw error; // if it has a code, the banner shows who does not answer
  }
});

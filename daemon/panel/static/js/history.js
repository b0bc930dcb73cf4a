/** What was told before this page was opened: the panel keeps it. */
import { get } from "./api.js";
import { on, tell } from "./stream.js";

on("learnt", async () => {
  try {
    tell("history", await get("history"));
  } catch (error) {
    if (error.code === undefined) throw error; // else the banner says that nobody answers
  }
});

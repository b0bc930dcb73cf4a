/** Shows why a request failed, and once what the disk of the daemon does not take. */
import { say } from "../parts/toast.js";
import { on } from "../state/bus.js";

/** @type {Record<string, string>} */
let lacking = {};

on("refused", (words) => say(words, true));
on("health", ({ disk = {} }) => {
  for (const [what, words] of Object.entries(disk)) if (!lacking[what]) say(words, true);
  lacking = disk;
});

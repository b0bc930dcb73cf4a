/** Shows why a request failed. */
import { say } from "../parts/toast.js";
import { on } from "../state/bus.js";

on("refused", (words) => say(words, true));

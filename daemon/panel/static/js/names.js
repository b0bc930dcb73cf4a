/** Names of parameters: as the page shows them, and those of one voice. */
import { KIT } from "./music.js";
import { store } from "./store.js";

/** Return a parameter's name as the page shows it: "melody temperature".
 * @type {(name: string) => string} */
export const readable = (name) => name.replaceAll("_", " ").replaceAll(".", " ");

/** Return the names of a voice's parameters, except its mute. Parameters of single drums belong to the drums.
 * @type {(voice: Voice) => string[]} */
export const ofVoice = (voice) =>
  Object.keys(store.specs).filter((name) => {
    const first = name.split(".")[0];
    return (first === voice || (voice === "drums" && KIT.includes(first))) && name !== `${voice}.mute`;
  });

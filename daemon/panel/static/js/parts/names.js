/** Names of parameters: as the page shows them, and those of one voice. */
import { KIT } from "./music.js";

/** Return a parameter's name as the page shows it: "melody temperature".
 * @type {(name: string) => string} */
export const readable = (name) => name.replaceAll("_", " ").replaceAll(".", " ");

/** Return those of the names that are a voice's parameters, except its mute. Parameters of single drums belong to the drums.
 * @type {(names: string[], voice: Voice) => string[]} */
export const ofVoice = (names, voice) =>
  names.filter((name) => {
    const first = name.split(".")[0];
    return (first === voice || (voice === "drums" && KIT.includes(first))) && name !== `${voice}.mute`;
  });

/** Links to files that can be downloaded, or dragged out of the browser into a DAW or a folder. */
import { make } from "./dom.js";

/** @type {Record<string, string>} */
const MIMES = {
  mid: "audio/midi", wav: "audio/wav", musicxml: "application/vnd.recordare.musicxml+xml", png: "image/png", svg: "image/svg+xml", pdf: "application/pdf",
  json: "application/json",
};

/** Make a link to a file. `name` is the name under which it is saved.
 * @type {(path: string, name: string, words: string, attributes?: Record<string, unknown>) => HTMLAnchorElement} */
export function dragOut(path, name, words, attributes = {}) {
  const address = new URL(path, location.href).href;
  const mime = MIMES[name.split(".").pop() ?? ""] ?? "application/octet-stream";
  const drag = (/** @type {DragEvent} */ event) => event.dataTransfer?.setData("DownloadURL", `${mime}:${name}:${address}`);
  return make("a", { href: address, download: name, draggable: "true", class: "button", title: "Download, or drag it out", ondragstart: drag, ...attributes }, words);
}

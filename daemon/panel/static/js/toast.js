/** A sentence in passing. */
const SECONDS = 4;

export function say(words, isBad = false) {
  const box = document.getElementById("toasts");
  const line = document.createElement("p");
  line.className = isBad ? "toast bad" : "toast";
  line.textContent = words;
  box.append(line);
  while (box.children.length > 3) box.firstChild.remove();
  setTimeout(() => line.remove(), SECONDS * 1000);
}

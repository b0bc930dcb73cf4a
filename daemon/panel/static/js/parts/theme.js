/** The theme of the page: dark, light, or for the stage. The browser stores the choice. */
const STORED = "edmd-theme";
export const THEMES = ["dark", "light", "stage"];
const { dataset } = document.documentElement;

/** Return the theme that is shown. */
export const themeNow = () => dataset.theme ?? "dark";

/** Show a theme, and keep it.
 * @type {(name: string) => void} */
export function chooseTheme(name) {
  dataset.theme = name;
  localStorage.setItem(STORED, name);
}

const stored = localStorage.getItem(STORED) ?? "";
dataset.theme = THEMES.includes(stored) ? stored : matchMedia("(prefers-contrast: more)").matches ? "stage" : "dark";

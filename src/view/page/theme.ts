import { byId } from "./dom.ts";

/** The button that switches between light and dark: until it is used, what the system says. Storage may be refused to files. */
export function makeTheme(): void {
  const root = document.documentElement;
  const stored = () => {
    try {
      return localStorage.getItem("masque-theme");
    } catch {
      return null;
    }
  };
  const theme = stored();
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;
  byId("theme").addEventListener("click", () => {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("masque-theme", root.dataset.theme);
    } catch {
      // It lasts as long as the page.
    }
  });
}

import { byId } from "./dom.ts";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

export const isDark = (): boolean => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

/** The button that switches between light and dark: until it is used, what the system says. Storage may be refused to files. */
export function makeTheme(changed: () => void): void {
  const stored = () => {
    try {
      return localStorage.getItem("masque-theme");
    } catch {
      return null;
    }
  };
  const theme = stored();
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;
  system.addEventListener("change", changed);
  byId("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    changed();
    try {
      localStorage.setItem("masque-theme", root.dataset.theme);
    } catch {
      // It lasts as long as the page.
    }
  });
}

type Child = Node | string | number | null | undefined | false;

/** Makes an element; keys of `given` are attributes, functions are listeners. Text is text: nothing is parsed. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  given: Readonly<Record<string, string | number | boolean | ((event: Event) => void)>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else made.setAttribute(name, String(value));
  }
  made.append(
    ...children
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (child instanceof Node ? child : String(child))),
  );
  return made;
}

/** An element of the page's skeleton. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

/** A number for people: enough digits, no more. */
export function show(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return String(Number(value.toPrecision(digits)));
}

/** Words of spaces without the marks that their sources put around code. */
export const plain = (text: string): string => text.replaceAll("`", "");

/** Pairs as a list of terms. */
export function terms(pairs: readonly (readonly [string, string | number])[]): HTMLElement[] {
  return pairs.map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, typeof value === "number" ? show(value, 5) : plain(value))),
  );
}

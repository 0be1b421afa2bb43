import { InputError } from "../../data/errors.ts";
import type { Setting } from "../../policy/dials.ts";

/** Attacks as `--attack` takes them: `flood,hug-pulse:period=3,reach=0.7` is flood, and hug-pulse at a setting of its dials. */
export function readAttacks(text: string): { readonly name: string; readonly set: Setting }[] {
  const found: { name: string; set: Record<string, number> }[] = [];
  const add = (attack: { set: Record<string, number> } | undefined, part: string) => {
    const [, dial, value] = /^([^=]+)=(.+)$/.exec(part.trim()) ?? [];
    if (attack && dial !== undefined && value.trim() !== "" && Number.isFinite(Number(value))) {
      attack.set[dial.trim()] = Number(value);
      return;
    }
    throw new InputError(`--attack: got "${part}"; expected a dial's number, as in hug-pulse:period=3,reach=0.7.`);
  };
  for (const part of text.split(",")) {
    const colon = part.indexOf(":");
    if (colon < 0 && part.includes("=")) add(found.at(-1), part);
    else if (colon < 0) found.push({ name: part, set: {} });
    else {
      found.push({ name: part.slice(0, colon), set: {} });
      add(found.at(-1), part.slice(colon + 1));
    }
  }
  return found;
}

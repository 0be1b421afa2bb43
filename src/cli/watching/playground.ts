import { dirname } from "node:path";
import { InputError, unknownName } from "../../data/errors.ts";
import { makeFolder, writeAtomic } from "../../data/files.ts";
import { openRegistry } from "../../library/registry.ts";
import type { Card } from "../../view/catalogue.ts";
import { type Choice, writeFragment } from "../../view/choice.ts";
import { playgroundDocument } from "../../view/document.ts";
import { loadParts, packParts, split } from "../../view/parts.ts";
import { DONE, type Io } from "../io.ts";
import { findEnvironment } from "../playing/choose.ts";

interface Options {
  readonly out: string;
  readonly role?: string;
  /** What the role meets, where that is not what its page begins with. */
  readonly start?: Partial<Pick<Choice, "attack" | "defence" | "seed">>;
  /** A folder: what the package takes along is bundled into it. */
  readonly pack?: string;
  readonly plugins?: string[];
}

/** masque playground: one file for all environments, or for those named. */
export async function run(io: Io, names: readonly string[], options: Options): Promise<number> {
  const registry = openRegistry(options.plugins);
  if (options.pack !== undefined) {
    for (const file of await packParts(registry, options.pack)) io.err(`${file}\n`);
    return DONE;
  }
  if (!/\.html?$/.test(options.out)) throw new InputError(`--out ${options.out}: expected a file that ends in .html.`);
  const found = await Promise.all(names.map(async (id) => (await findEnvironment(registry, id)).name));
  const parts = await loadParts(
    registry,
    found.length > 0 ? found : registry.environmentNames().sort(),
    options.plugins,
  );
  const { light: cards, heavy } = names.length > 0 ? { light: parts.cards, heavy: [] } : split(parts);
  const text = playgroundDocument(parts, cards);
  const seat = options.role === undefined ? "" : roleFragment(cards, options.role, options.start);
  writePage(options.out, text);
  io.out(
    `${options.out}: ${cards.length} environment${cards.length === 1 ? "" : "s"}, ${kilobytes(text)} kB. Open ${seat === "" ? "it" : options.out + seat} in a browser.\n`,
  );
  for (const { id, name } of heavy) {
    const size = kilobytes(parts.environments.get(name)!);
    io.err(`${id} would add ${size} kB, and has a page of its own: masque playground ${id} --out ${name}.html\n`);
  }
  return DONE;
}

/** What leads straight into a role, behind the page's address. */
function roleFragment([card, ...more]: readonly Card[], role: string, start: Options["start"]): string {
  if (more.length > 0) throw new InputError(`--role ${role}: name the one environment that it is a role of.`);
  if (!card.roles.includes(role)) throw unknownName(`role of ${card.id}`, role, card.roles);
  for (const [what, names] of [
    ["attack", card.attacks],
    ["defence", card.defences],
  ] as const)
    if (start?.[what] !== undefined && !Object.hasOwn(names, start[what]))
      throw unknownName(`${what} of ${card.id}`, start[what], Object.keys(names));
  return writeFragment({ ...card.start, ...start }, card.start, role);
}

/** Writes a page, and the folder that it is to lie in. */
export function writePage(out: string, text: string): void {
  makeFolder(dirname(out));
  writeAtomic(out, text);
}

export const kilobytes = (text: string): number => Math.round(Buffer.byteLength(text) / 1000);

import { dirname } from "node:path";
import { pretty } from "../../data/canonical.ts";
import { InputError } from "../../data/errors.ts";
import { openRegistry, type Registry } from "../../library/registry.ts";
import { openGame } from "../../llm/game.ts";
import { readTape } from "../../llm/tape-file.ts";
import { checkTape } from "../../llm/verify.ts";
import { checkSeat } from "../../people/seat.ts";
import { type Crowd, crowdsOf, type Sat } from "../../people/sum.ts";
import { interval } from "../../report/frontier-text.ts";
import { fold, table } from "../../report/text.ts";
import { tapeFile } from "../entries/verify-tape.ts";
import { DONE, INTERRUPTED, type Io } from "../io.ts";

/** masque people: recorded games, summed up. */
export async function run(
  io: Io,
  paths: readonly string[],
  options: { readonly json?: boolean; readonly plugins?: readonly string[] },
): Promise<number> {
  const interrupt = new AbortController();
  const undo = io.onInterrupt(() => interrupt.abort());
  try {
    const crowds = crowdsOf(await readSat(paths, openRegistry(options.plugins), interrupt.signal));
    if (options.json) io.out(pretty(crowds));
    else io.out(crowds.map((crowd) => crowdText(io, crowd)).join("\n"));
    return DONE;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    io.err("Stopped.\n");
    return INTERRUPTED;
  } finally {
    undo();
  }
}

/** Recorded games from files, each played again: what is not true is refused. @throws InputError saying which, and why */
export async function readSat(paths: readonly string[], registry: Registry, signal?: AbortSignal): Promise<Sat[]> {
  const games: Sat[] = [];
  for (const path of paths) {
    const file = tapeFile(path);
    if (file === undefined)
      throw new InputError(
        `${path}: expected a recorded game, a file that masque play made or a folder of masque llm.`,
      );
    const tape = readTape(file);
    const open = await openGame(tape.game, await registry.environment(tape.game.environment.id));
    checkSeat(open);
    const { mismatches } = await checkTape(open, tape, dirname(file), signal);
    if (mismatches.length > 0)
      throw new InputError(`${path} is not true: ${mismatches[0]}. masque verify ${path} lists what differs.`);
    games.push({ tape, open, file: path });
  }
  return games;
}

/** A crowd beside the scripts of its side. */
export function crowdText(io: Io, crowd: Crowd): string {
  const { who, environment, params, roles, attack, defence, over, n, metrics, members, scripts } = crowd;
  const names = Object.keys(metrics);
  const row = (name: string, of: typeof metrics) => [name, ...names.map((metric) => interval(of[metric]))];
  const settings = Object.entries(params).map(([name, value]) => `${name}=${value}`);
  const rows = [
    row(io.paint("bold", who), metrics),
    ...(n > 1 ? members.map((one) => row(`  ${one.name}, ${one.episodes} episodes`, one.metrics)) : []),
    ...scripts.map((one) => row(one.name, one.metrics)),
  ];
  return (
    `${io.paint("bold", environment)} ${settings.join(" ")}\n` +
    fold(
      `${roles.join(", ")} by ${who}; attack ${attack}, defence ${defence}; 95 % intervals over ${over === "people" ? "people in the first line, over episodes below" : "episodes"}`,
      io.columns,
    ) +
    `\n${table([["who", ...names], ...rows], io.paint)}`
  );
}

import { InputError } from "../../data/errors.ts";
import { inLine } from "../../data/markup.ts";
import { openRegistry } from "../../library/registry.ts";
import type { Arm } from "../../llm/game.ts";
import { tapeEpisodes } from "../../llm/tape.ts";
import type { Value } from "../../view/choice.ts";
import type { Deed, Recorded } from "../../view/recorded.ts";
import { readSat } from "../people/people.ts";
import { wholeNumber } from "../runs/open.ts";
import { openPages, type Replay, type ReplayOptions } from "./page.ts";

/** An episode of a recorded game: what people or models did, everyone else as the scripts do. */
export async function replayTape(file: string, path: string, options: ReplayOptions): Promise<Replay> {
  const registry = openRegistry(options.plugins);
  const [{ tape, open }] = await readSat([file], registry);
  const { game } = tape;
  const { arm: asked = "attacked" } = options;
  const arm = asked as Arm;
  if (!open.arms.includes(arm))
    throw new InputError(`--arm: got "${asked.slice(0, 40)}", ${path} has ${open.arms.join(" and ")}.`);
  const episode = wholeNumber("--episode", options.episode ?? "0", 0, game.episodes - 1);
  const plugin = await registry.environment(game.environment.id);
  const pages = await openPages(registry, plugin, options.plugins);
  const deeds = Object.fromEntries(
    open.arms.map((one) => {
      const spelt = Object.entries(tapeEpisodes(tape, one)[episode].deeds);
      return [
        one,
        Object.fromEntries(
          spelt.map(([role, { actions }]): [string, Deed] => [role, { actions, agent: game.players[role].agent }]),
        ),
      ];
    }),
  ) as Recorded["deeds"];
  const who = Object.entries(game.players).map(([role, { model }]) => inLine(`${role} by ${model}`));
  return {
    pages,
    shown: {
      choice: {
        ...pages.card.start,
        params: open.plays.attacked.params as Readonly<Record<string, Value>>,
        attack: game.attack,
        defence: game.defence,
        ...{ seed: game.seed, run: 0, episode, step: 0 },
      },
      recorded: { arm, deeds, who: who.join(", ") },
    },
    said: `${game.environment.id}, ${who.join(", ")}, ${arm} episode ${episode}`,
  };
}

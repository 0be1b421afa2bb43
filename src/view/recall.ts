import { canonical } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { resolveParams } from "../env/params.ts";
import type { Cell } from "../run/plan.ts";
import { attackersOf, defendersOf, type Seating } from "../run/seats.ts";
import type { Card } from "./catalogue.ts";
import { type Choice, SAVED, type Value } from "./choice.ts";
import type { Bag } from "./data.ts";

/**
 * An episode of a played cell as a page shows it: with the cell's parameters and seeds, and the policies that played in it.
 * @param command what opens it again, all but the episode
 * @throws InputError where a page cannot hold the parameters
 */
export function recall(
  run: Seating,
  cell: Cell,
  { card, episode, command }: { readonly card: Card; readonly episode: number; readonly command: string },
): { choice: Choice; saved: Bag | null } {
  const { env, points, config } = run.benchmark;
  const { params } = points[cell.points[0]];
  const plain = Object.fromEntries(
    card.fields.flatMap(({ name }) => (name in params ? [[name, params[name] as Value]] : [])),
  );
  if (canonical(resolveParams(env, plain)) !== canonical(params)) {
    const others = Object.keys(params).filter((name) => !(name in plain));
    throw new InputError(`${env.id}: a page cannot hold ${others.join(", ")}, which are no plain values.`);
  }
  const [attack, defence] = [attackersOf(run, cell), defendersOf(run, cell)];
  const [attacks, defends] = [attack, defence].map(({ saved }) => Object.keys(saved).length > 0);
  return {
    choice: {
      ...card.start,
      params: plain,
      attack: attacks ? SAVED : attack.script,
      defence: defends ? SAVED : defence.script,
      seed: config.seeds.root,
      run: cell.run,
      episodes: config.episodes.test,
      ...{ episode, step: 0 },
    },
    saved:
      attacks || defends
        ? { policies: { ...attack.saved, ...defence.saved }, files: [], command, attacks, defends }
        : null,
  };
}

import { InputError } from "../data/errors.ts";
import { lettered, type Moment } from "../frontier/moments.ts";
import type { OpenEntry } from "../leaderboard/open.ts";
import { seatingOf } from "../leaderboard/seating.ts";
import type { Watch } from "../report/sections/watch.ts";
import { isScripted } from "../run/seats.ts";
import type { Card } from "../view/catalogue.ts";
import { writeFragment } from "../view/choice.ts";
import { recall } from "../view/recall.ts";

/**
 * Where a playground at `page` shows the episodes that an entry's tables name, by their own seeds, without a page of their
 * own: those that scripts alone played. Trained policies lie in the entry, and no playground has them.
 */
export function episodesIn(page: string, entry: OpenEntry, card: Card): (watch: Watch) => Watch["pages"] {
  const { benchmark, plan } = entry;
  const seating = seatingOf(entry);
  const points = lettered(benchmark.points);
  return ({ place, attack, typical, worst }) => {
    const cellOf = (run: number) => plan.play("test", points[place].index, attack, run);
    const at = ({ run, episode }: Moment) => {
      const { choice } = recall(seating, cellOf(run), { card, episode, command: "" });
      return page + writeFragment(choice, card.start);
    };
    if (![typical, worst].every(({ run }) => isScripted(seating, cellOf(run)))) return undefined;
    try {
      return { typical: at(typical), worst: at(worst) };
    } catch (error) {
      if (error instanceof InputError) return undefined; // parameters that no address holds
      throw error;
    }
  };
}

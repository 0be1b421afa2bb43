import { InputError } from "../data/errors.ts";
import { lettered, type Moment } from "../frontier/moments.ts";
import type { OpenEntry } from "../leaderboard/open.ts";
import { seatingOf } from "../leaderboard/seating.ts";
import { placeName } from "../report/frontier-text.ts";
import type { Watch } from "../report/sections/watch.ts";
import type { Card } from "../view/catalogue.ts";
import { writeFragment } from "../view/choice.ts";
import type { Replay } from "../view/data.ts";
import { recall } from "../view/recall.ts";

/** Where the episodes of an entry's tables are shown. */
export interface Episodes {
  /** Addresses of an attack's episodes at a point; none where no page can hold its parameters. */
  at(watch: Watch): Watch["pages"];
  /** Those asked for that trained policies played, by name: what a page of the entry's own has to bring along. */
  readonly trained: Readonly<Record<string, Replay>>;
}

/**
 * Episodes of an entry, by their very seeds: those that scripts alone played are states of the playground at `page`, those
 * that trained policies played are on the page `own`.
 */
export function episodesOf(entry: OpenEntry, card: Card, page: string, own: string): Episodes {
  const { benchmark, plan, file } = entry;
  const seating = seatingOf(entry);
  const points = lettered(benchmark.points);
  const trained: Record<string, Replay> = {};
  const addressOf = ({ place, attack }: Watch, { run, episode }: Moment): string => {
    const point = placeName(place);
    const command = `masque replay entries/${file.claim.name} --point ${point} --attack ${attack} --run ${run}`;
    const cell = plan.play("test", points[place].index, attack, run);
    const { choice, saved } = recall(seating, cell, { card, episode, command });
    if (!saved) return page + writeFragment(choice, card.start);
    const name = `${point}-${attack}-${run}-${episode}`;
    trained[name] = { choice, saved, recorded: null };
    return `${own}?show=${encodeURIComponent(name)}`;
  };
  return {
    trained,
    at(watch) {
      try {
        return { typical: addressOf(watch, watch.typical), worst: addressOf(watch, watch.worst) };
      } catch (error) {
        if (error instanceof InputError) return undefined;
        throw error;
      }
    },
  };
}

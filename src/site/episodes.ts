import { InputError } from "../data/errors.ts";
import { lettered, type Moment } from "../frontier/moments.ts";
import type { OpenEntry } from "../leaderboard/open.ts";
import { seatingOf } from "../leaderboard/seating.ts";
import { placeName } from "../report/frontier-text.ts";
import type { Watch } from "../report/sections/watch.ts";
import type { Card } from "../view/catalogue.ts";
import { writeFragment } from "../view/choice.ts";
import type { Bag, Replay } from "../view/data.ts";
import { recall } from "../view/recall.ts";

/**
 * Bytes of policies that a page of an entry's episodes brings along at most: it is read whole before it shows anything, and
 * an entry may hold as many as it likes.
 */
const MOST_BYTES = 1 << 24;

/** Where the episodes of an entry's tables are shown. */
export interface Episodes {
  /** Addresses of an attack's episodes at a point; none where no page can hold its parameters or policies. */
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
  const weights = new Set<Float32Array>();
  let room = MOST_BYTES;
  /** Counts what a page would hold besides. @throws InputError where that is too much */
  const bring = ({ policies }: Bag) => {
    const fresh = new Set<Float32Array>();
    const words = JSON.stringify(policies, (_, value) => {
      if (!(value instanceof Float32Array)) return value;
      if (!weights.has(value)) fresh.add(value);
      return undefined;
    });
    const bytes = [...fresh].reduce((sum, { byteLength }) => sum + byteLength, words.length);
    if (bytes > room) throw new InputError(`${file.claim.name}: its policies are too large for a page.`);
    room -= bytes;
    for (const one of fresh) weights.add(one);
  };
  const addressOf = ({ place, attack }: Watch, { run, episode }: Moment): string => {
    const point = placeName(place);
    const command = `masque replay entries/${file.claim.name} --point ${point} --attack ${attack} --run ${run}`;
    const cell = plan.play("test", points[place].index, attack, run);
    const { choice, saved } = recall(seating, cell, { card, episode, command });
    if (!saved) return page + writeFragment(choice, card.start);
    bring(saved);
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

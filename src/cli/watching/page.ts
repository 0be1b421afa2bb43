import { masque } from "../../data/package.ts";
import type { EnvironmentPlugin } from "../../library/plugin.ts";
import type { Registry } from "../../library/registry.ts";
import type { Choice } from "../../view/choice.ts";
import type { Bag } from "../../view/data.ts";
import { viewDocument } from "../../view/document.ts";
import { loadParts, type Parts, painterOf } from "../../view/parts.ts";
import { openPlayer } from "../../view/player.ts";
import type { Recorded } from "../../view/recorded.ts";
import type { Form } from "./picture.ts";

/** What a page of one episode holds. */
export interface Shown {
  readonly choice: Choice;
  readonly saved?: Bag | null;
  /** What somebody did in it. */
  readonly recorded?: Recorded | null;
}

/** All that pages of episodes of one environment are made of: bundled once, however many are written. */
export interface Pages {
  readonly parts: Parts;
  readonly card: Parts["cards"][number];
  /** Plays the episode here, so that what cannot be played is refused before anything is written. */
  play(shown: Shown): ReturnType<typeof openPlayer>;
  text(shown: Shown): string;
}

export interface ReplayOptions extends Form {
  readonly attack?: string;
  readonly defence?: string;
  readonly policy?: string[];
  readonly point?: string;
  readonly run?: string;
  readonly episode?: string;
  readonly arm?: string;
  readonly episodes?: string;
  readonly seed?: string;
  readonly plugins?: string[];
}

/** What a page is made of, and a line that says what it shows. */
export interface Replay {
  readonly pages: Pages;
  readonly shown: Shown;
  readonly said: string;
}

export async function openPages(
  registry: Registry,
  plugin: EnvironmentPlugin,
  plugins?: readonly string[],
): Promise<Pages> {
  const { env, name } = plugin;
  const parts = await loadParts(registry, [name], plugins);
  const policies = await plugin.policies();
  const painter = await painterOf(plugin);
  return {
    parts,
    card: parts.cards[0],
    play: ({ choice, saved, recorded }) =>
      openPlayer({ env, policies, painter }, choice, { saved: saved?.policies, recorded: recorded ?? undefined }),
    text: ({ choice, saved = null, recorded = null }) =>
      viewDocument(parts.page, {
        version: masque().version,
        cards: parts.cards,
        worker: parts.worker,
        scripts: { [env.id]: parts.environments.get(name)! },
        replay: { choice, saved, recorded },
      }),
  };
}

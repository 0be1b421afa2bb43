import { z } from "zod";
import type { Cover } from "../../envs/plain-talk/covers.ts";
import { plainTalk } from "../../envs/plain-talk/env.ts";

/** plain-talk in a real model's language, where simulated innocents are dear: fewer of them, unless more are asked for. */
export function realTalk({ id, cover, innocents }: { id: string; cover: Cover; innocents: number }) {
  const game = plainTalk({ id, cover });
  const { description } = game.params.shape.innocents;
  const fewer = z.int().min(20).max(1_000_000).default(innocents).describe(`${description}; half a second each, once`);
  return { ...game, params: game.params.safeExtend({ innocents: fewer }) };
}

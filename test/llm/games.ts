import { resolveParams } from "../../src/env/params.ts";
import { openRegistry } from "../../src/library/registry.ts";
import type { Backend } from "../../src/llm/backend.ts";
import { faceOf } from "../../src/llm/face.ts";
import { type Game, type OpenGame, openGame } from "../../src/llm/game.ts";

export const registry = openRegistry();
export const plugin = await registry.environment("stealth-takeover-v0");

/** A short game of wardens (by default) against a script. */
export async function open(change: Partial<Game> = {}, speaking: readonly string[] = ["warden"]): Promise<OpenGame> {
  const params = resolveParams(plugin.env, { resources: 2, steps: 5, strikeCost: 0.5 });
  const players = speaking.map((role) => [
    role,
    { model: "toy", weights: null, face: faceOf(plugin.env, params, role).digest },
  ]);
  return openGame(
    {
      environment: { id: plugin.env.id, digest: plugin.digest },
      params,
      seed: 1,
      split: ["test", 0],
      episodes: 3,
      attack: "hasty",
      defence: "default",
      players: Object.fromEntries(players),
      history: 2,
      backend: { name: "toy", server: null, schema: true, request: {} },
      decoding: { temperature: 0, maxTokens: 50 },
      ...change,
    },
    plugin,
  );
}

/** A backend that answers as a function says, and counts. */
export function toy(
  answer: (prompt: string, n: number) => string | Promise<string>,
): Backend & { calls: number; most: number } {
  let open = 0;
  return {
    calls: 0,
    most: 0,
    async complete({ messages }) {
      this.most = Math.max(this.most, ++open);
      try {
        const text = await answer(messages.map(({ content }) => content).join("\n"), ++this.calls);
        return { text, tokens: { prompt: 10, completion: 2 } };
      } finally {
        open--;
      }
    },
  };
}

/** Resets what has an alarm, scans what was not scanned for long: by what the prompt says, so that prompts matter. */
export function wary(prompt: string): string {
  const scan = /- scan: ([\d., ]+)$/m.exec(prompt)![1].split(", ").map(Number);
  return JSON.stringify({ why: "wary", action: scan.map((since) => (since > 0.1 ? "scan" : "wait")) });
}

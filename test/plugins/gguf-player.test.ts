import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { masque } from "../cli/command.ts";
import { skipped, why } from "./model.ts";

const out = mkdtempSync(join(tmpdir(), "masque-player-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

describe.skipIf(skipped)(`A model on this machine as a player${why}`, () => {
  it("plays a game of which every answer is valid, and which is then played again without it", async () => {
    const game = join(out, "game");
    const backend = ["--backend", "plugins/gguf/player.ts"];
    const play = ["llm", "covert-wire-v0", "--play", "warden=gemma-3-270m", ...backend, "--episodes", "1"];
    const played = await masque([...play, "--max-tokens", "60", "--out", game]);
    expect(played.code, played.err).toBe(0);
    expect(played.out).toMatch(/warden: \d+ decisions asked for: \d+ valid \(100 %\)/);
    const verified = await masque(["verify", game]);
    expect(verified.code, verified.err).toBe(0);
    expect(verified.out).toContain("nothing differs");
  });
});

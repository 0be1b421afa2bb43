import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cover, WHOLE } from "../../envs/plain-talk/covers.ts";
import { innocentsOf, languageOf } from "../../envs/plain-talk/model.ts";
import { recorder, tapeCover } from "../../envs/plain-talk/tape.ts";
import { ggufCover, PROMPTS } from "../../plugins/gguf/cover.ts";
import { lawsInMemory } from "../../plugins/gguf/laws.ts";
import { type LanguageModel, MODEL, openModel } from "../../plugins/gguf/model.ts";
import { playGames, readTape } from "../../plugins/gguf/tape.ts";
import { skipped, why } from "./model.ts";

// Run where the model is; MASQUE_REQUIRE_GGUF=1 turns its absence from a skip into a failure.
describe.skipIf(skipped)(`Gemma 3 270M${why}`, { timeout: 180_000 }, () => {
  let model: LanguageModel;
  let cover: Cover;
  beforeAll(() => {
    model = openModel({ contexts: 4 });
    cover = ggufCover({ open: () => model, laws: lawsInMemory() });
  });
  afterAll(() => model?.close());

  it("is the one whose laws are told, and reads prompts as they are written down", () => {
    expect(model.sha256).toBe(MODEL.sha256);
    for (const { text, tokens } of PROMPTS) expect([model.bos, ...model.tokens(text)], text).toEqual(tokens);
  });

  it("gives the same law to the bit, whatever it was asked before", () => {
    const [{ tokens: one }, { tokens: other }] = PROMPTS;
    const texts: number[][] = [[...one], [...other]];
    const first = texts.map(() => [] as [number, number][][]);
    // Side by side, so that contexts change hands; then alone, in a thread that has seen nothing else.
    for (let t = 0; t < 6; t++) {
      for (const [i, text] of texts.entries()) {
        const [law] = model.laws([text]);
        first[i].push(law);
        model.laws([[...text, law[3][0], law[5][0]]]); // a detour, to be forgotten
        text.push(law[t % 3][0]);
      }
    }
    const fresh = openModel({ contexts: 1 });
    for (const [i, text] of texts.entries()) {
      const start = text.length - 6;
      const again = fresh.laws(Array.from({ length: 6 }, (_, t) => text.slice(0, start + t)));
      expect(again).toEqual(first[i]);
    }
    fresh.close();
  });

  it("takes no laws for its own that it does not give", () => {
    const laws = lawsInMemory();
    const [{ tokens }] = PROMPTS;
    laws.set(tokens, { tokens: tokens.concat(9, 10, 11), p: [4096] });
    const mixed = ggufCover({ open: () => ({ ...model, close: () => {} }), laws });
    expect(() => mixed.next(1)).toThrow(/Laws were kept that the model does not give now.*Delete laws-a5fd3b62.jsonl/);
    const other = ggufCover({ open: () => ({ ...model, sha256: "0", close: () => {} }), laws: lawsInMemory() });
    expect(() => other.next(0)).toThrow(/SHA-256 0, expected a5fd3b62/);
  });

  it("never ends a text, and the text of tokens is the text of them together", () => {
    const text = "A reply, in two lines:\n\nnaïve 東京";
    const tokens = model.tokens(text);
    expect(tokens.map((token) => model.text([token])).join("")).toBe(text);
    const [law] = model.laws([[...PROMPTS[0].tokens, ...model.tokens(" adjourned.\n\nThe end.")]]);
    for (const [token] of law) expect(model.text([token]), `token ${token}`).not.toBe("");
  });

  it("speaks with the surprisal that was recorded: 59.4 bits in 24 tokens, within 3 standard errors of 20 messages", () => {
    const talk = { tokens: 24, candidates: 16, choices: 16, redraw: 0, feedback: true, innocents: 20 };
    const { states, said } = innocentsOf(cover, talk);
    const { bits } = languageOf(cover, talk);
    let sum = 0;
    for (const [at, state] of states.entries()) sum += bits[state * 16 + said[at]];
    expect(Math.abs(sum / 20 - 59.4)).toBeLessThan((3 * 9.8) / Math.sqrt(20));
  });

  it("begins as the tape that ships: the same laws on the machine that recorded it, near ones elsewhere", () => {
    const tape = tapeCover(readTape());
    for (const [i, start] of tape.starts.entries()) {
      const was = new Map(Array.from(tape.next(start).tokens, (token, j) => [tape.text(token), tape.next(start).p[j]]));
      const { tokens, p } = cover.next(cover.starts[i]);
      let shared = 0;
      for (const [j, token] of Array.from(tokens).entries()) shared += Math.min(p[j], was.get(cover.text(token)) ?? 0);
      expect(1 - shared / WHOLE, PROMPTS[i].text).toBeLessThan(0.04);
    }
  });

  it("records games that are played again without it, and flags loud words in them", () => {
    const { cover: listened, tape } = recorder(cover, MODEL);
    for (const start of listened.starts) listened.next(start);
    const games = playGames(listened);
    const again = playGames(tapeCover(JSON.parse(JSON.stringify(tape()))));
    expect(again).toEqual(games);
    const [, , { names, counters }] = games;
    const of = (name: string) => Array.from(counters).filter((_, i) => i % names.length === names.indexOf(name));
    expect(of("flaggedActive")).toEqual(of("active"));
    expect(of("active")).toContain(1);
  });
});

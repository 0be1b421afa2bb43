import { describe, expect, it } from "vitest";
import { resolveParams } from "../../src/env/params.ts";
import { openRegistry } from "../../src/library/registry.ts";
import type { Turn } from "../../src/llm/episode.ts";
import { checkGame, type Game, openGame } from "../../src/llm/game.ts";
import type { Tape } from "../../src/llm/tape.ts";
import { checkTape } from "../../src/llm/verify.ts";
import { checkSeat, gameOf, MOST, seatOf } from "../../src/people/seat.ts";
import { Left, orderOf, playSession } from "../../src/people/session.ts";
import { readTyped } from "../../src/people/typed.ts";
import { offerLines, offersOf } from "../../src/people/words.ts";

const registry = openRegistry();
const plugins = await Promise.all(registry.environmentNames().map((name) => registry.environmentNamed(name)));
const places = plugins.flatMap((plugin) => {
  const params = resolveParams(plugin.env, plugin.text()?.params ?? {}) as Readonly<Record<string, unknown>>;
  return Object.keys(plugin.env.roles(params)).map((role) => ({ plugin, params, role, name: plugin.name }));
});
const given = { attack: "none", defence: "default", seed: 2, episodes: 1 };

describe("every role of every environment, at its small parameters", () => {
  it.each(places)(
    "$name: $role can be played by what is offered, and the record is true",
    async ({ plugin, params, role }) => {
      const seat = seatOf(plugin.env, params, role);
      expect(seat.decisions).toBeLessThanOrEqual(MOST.decisions);
      const open = await openGame(gameOf(plugin, params, seat, given), plugin);
      const agents = new Set<number>();
      const decide = (turn: Turn) => {
        agents.add(turn.row);
        expect(offerLines(turn).join("\n")).not.toContain("undefined");
        // As a person does who takes the last that is offered, one way of naming it after the other.
        const offers = offersOf(turn);
        const last = offers.map(({ options }) => options.findLast(({ allowed }) => allowed)!);
        const numbered = offers.every((one) => one.numbered) && turn.step % 2 === 0;
        const line = last.map(({ value, spelt }) => (numbered ? value : spelt)).join(offers.length > 1 ? "," : " ");
        const read = readTyped(turn.space, turn.legal, line);
        expect(read).toEqual({ action: last.map(({ value }) => value) });
        return { way: "valid" as const, action: last.map(({ value }) => value) };
      };
      const tape = await playSession(open, decide, { version: "test", begin() {}, kept() {} });
      expect((await checkTape(open, tape!, ".")).mismatches).toEqual([]);
      const { count, side } = open.roles[role];
      const joint = side !== "benign" && plugin.env.coordination?.[side] === "joint";
      expect([...agents].every((row) => joint || row === 0)).toBe(true);
      if (joint && count > 1) expect(agents.size).toBeGreaterThan(1);
    },
  );
});

describe("the order of episodes", () => {
  const order = (seed: number, episodes = 8, arms: readonly ("attacked" | "clean")[] = ["attacked", "clean"]) =>
    orderOf({ game: { seed, episodes } as never, arms });
  const told = (seed: number) => order(seed).map(({ arm, episode }) => `${arm} ${episode}`);

  it("has every episode once in every arm, four at a time", () => {
    expect(new Set(told(1)).size).toBe(16);
    for (const half of [order(1).slice(0, 8), order(1).slice(8)])
      expect(half.filter(({ arm }) => arm === "clean")).toHaveLength(4);
    expect(
      Math.max(
        ...order(1)
          .slice(0, 8)
          .map(({ episode }) => episode),
      ),
    ).toBe(3);
  });

  it("is the seed's, and gives the arm away neither by place nor by turns", () => {
    expect(told(1)).toEqual(told(1));
    expect(told(1)).not.toEqual(told(2));
    const firsts = Array.from({ length: 64 }, (_, seed) => order(seed)[0].arm);
    const clean = firsts.filter((arm) => arm === "clean").length;
    expect(clean).toBeGreaterThan(16);
    expect(clean).toBeLessThan(48);
    expect(order(1, 8, ["attacked"]).map(({ episode }) => episode)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

it("what is finished is told as it grows, and nobody is asked after one who has left", async () => {
  const { plugin, params } = places.find(({ name, role }) => name === "rumour-mill" && role === "amplifier")!;
  const open = await openGame(
    gameOf(plugin, params, seatOf(plugin.env, params, "amplifier"), { ...given, episodes: 3 }),
    plugin,
  );
  const kept: Tape[] = [];
  let asked = 0;
  const decide = ({ fallback }: Turn) => {
    if (++asked > 100) throw new Left();
    return { way: "valid" as const, action: fallback };
  };
  const tape = await playSession(open, decide, { version: "test", begin() {}, kept: (one) => void kept.push(one) });
  expect(asked).toBe(101);
  expect(kept.map(({ game }) => game.episodes)).toEqual([1, 2]);
  expect(tape).toEqual(kept[1]);
});

describe("a record that plays again, and yet is of no game that a person is asked for", () => {
  const honest = ({ plugin, params, role }: (typeof places)[number]) =>
    gameOf(plugin, params, seatOf(plugin.env, params, role), given);
  const place = places.find(({ name, role }) => name === "stealth-takeover" && role === "warden")!;
  const opened = ({ plugin }: (typeof places)[number], game: unknown) => openGame(checkGame(game), plugin);

  it.each([
    ["episodes of a split of its own", /split: got \["test",7\]/, { split: ["test", 7] }],
    ["no memory", /history: got 0/, { history: 0 }],
    ["more memory than others", /history: got 64/, { history: 64 }],
  ])("%s", async (_, why, change) => {
    const game = honest(place);
    checkSeat(await opened(place, game));
    const open = await opened(place, { ...game, ...change });
    expect(() => checkSeat(open)).toThrow(why);
  });

  it("somebody who sees what two colluders see", async () => {
    const [alice, bob] = ["alice", "bob"].map(
      (role) => places.find((one) => one.name === "simple-crypto" && one.role === role)!,
    );
    const players = { ...honest(alice).players, ...honest(bob).players };
    const open = await opened(alice, { ...honest(alice), players });
    expect(() => checkSeat(open)).toThrow(/one person play alice and bob/);
  });

  it("somebody who plays all agents of a side on which none sees what the others see", async () => {
    const crowded = places.find(({ plugin, params, role }) => seatOf(plugin.env, params, role).agent !== undefined)!;
    const game = honest(crowded);
    const [[role, { agent: _, ...player }]] = Object.entries(game.players);
    const open = await opened(crowded, { ...game, players: { [role]: player } });
    expect(() => checkSeat(open)).toThrow(/players: got/);
  });

  it("more than anybody can play", async () => {
    const { plugin, role } = place;
    const params = resolveParams(plugin.env, { ...place.params, steps: MOST.decisions + 1 }) as Game["params"];
    const seat = { role, agent: undefined, decisions: 1 };
    const open = await opened(place, gameOf(plugin, params, seat, given));
    expect(() => checkSeat(open)).toThrow(/too much for a person/);
  });
});

import { type Environment, evaluate, metricsOf, type PolicyFor, random, sumCounters } from "masque";
import env, { type Params } from "../../envs/swarm-flood/env.ts";
import scripts, { type Swarm, swarm } from "../../envs/swarm-flood/policies.ts";
import { fairShare } from "../../envs/swarm-flood/theory.ts";
import { type Evidence, printPreset } from "./evidence.ts";
import { printAttacked } from "./swarm-flood/attacked.ts";

export type Attack = keyof typeof scripts.attacks | "random";
export type Defence = keyof typeof scripts.defences | "default";

export interface Measured {
  /** Clean goodput over demand, and the same under attack. */
  readonly utility: number;
  readonly attackedUtility: number;
  readonly security: number;
  /** Goodput under attack as a share of goodput in peace, with everything else equal. */
  readonly kept: number;
}

export const attackers = Object.keys(scripts.attacks).filter((name) => name !== "none") as Attack[];

/**
 * Plays episodes 0 … episodes−1 of a split in the clean arm, and once for each attack: a script by name, or a policy.
 */
export function measure<const A extends readonly (Attack | PolicyFor<typeof env, "bot">)[]>(
  params: Partial<Params>,
  attacks: A,
  defence: Defence = "default",
  { episodes = 64, split = "test" }: { readonly episodes?: number; readonly split?: string } = {},
): { [K in keyof A]: Measured } {
  const { client, gateway } = {
    ...scripts.defaults,
    ...(defence === "default" ? {} : scripts.defences[defence].roles),
  };
  const count = (bot: PolicyFor<typeof env, "bot">) =>
    sumCounters(evaluate(env, { params, policies: { client, gateway, bot }, episodes, seed: 1, split: [split] }));
  const clean = count(scripts.attacks.none.roles.bot);
  const { utility } = metricsOf(env, clean, clean);
  return attacks.map((attack): Measured => {
    const bot =
      typeof attack === "function" ? attack : attack === "random" ? random : scripts.attacks[attack].roles.bot;
    const attacked = count(bot);
    const { utility: attackedUtility, security } = metricsOf(env, attacked, clean);
    return { utility, attackedUtility, security, kept: attacked.goodput / clean.goodput };
  }) as { [K in keyof A]: Measured };
}

/** Every shape of swarm that was tried for the scripted attacks. */
export const shapes: readonly Swarm[] = [1, 2, 3, 4, 5, 6, 8, 12].flatMap((period) =>
  ([0, 1] as const).flatMap((stagger) =>
    [false, true].flatMap((rotate) => [1, 0.9, 0.7, 0.55].map((reach) => ({ period, stagger, rotate, reach }))),
  ),
);

export interface Found {
  readonly shape: Swarm;
  /** Goodput under attack as a share of goodput in peace. */
  readonly kept: number;
}

/** All shapes against a defence, the most harmful first, over episodes of the split `select`. */
export function search(params: Partial<Params>, episodes: number, defence: Defence = "default"): Found[] {
  const { gateways = 1 } = params;
  const tried = shapes.filter(({ period, rotate }) => !rotate || (gateways > 1 && period >= gateways));
  const policies = tried.map((shape) => swarm(() => shape));
  return measure(params, policies, defence, { episodes, split: "select" })
    .map(({ kept }, i) => ({ shape: tried[i], kept }))
    .sort((a, b) => a.kept - b.kept);
}

function printSearch(): void {
  const settings: [Partial<Params>, Defence?][] = [
    ...[3.2, 2.5, 2, 1.6, 1.2].map((tolerance): [Partial<Params>] => [{ tolerance }]),
    ...[2, 1, 0.5].map((rate): [Partial<Params>] => [{ tolerance: 8, rate }]),
    [{ gateways: 2 }],
    [{ gateways: 4 }],
    [{ gateways: 2, tolerance: 1.2 }],
    [{}, "surge"],
    [{}, "crackdown"],
  ];
  for (const [params, defence = "default"] of settings) {
    console.log(`${JSON.stringify(params)}, defence ${defence}`);
    for (const { shape, kept } of search(params, 32, defence).slice(0, 3)) {
      console.log(`  kept ${kept.toFixed(3)}  ${JSON.stringify(shape)}`);
    }
  }
}

const EPISODES = 128;
const figure = (value: number) => value.toFixed(3);

function printFacts(): void {
  console.log(
    "Fluid law, B = 10, Y = 30, c = 20, λ = 1, b = r: requests of clients served a step, law and environment",
  );
  for (const rate of [0.25, 0.5, 0.75, 0.99, 1, 2, 8]) {
    const fluid = { clients: 10, bots: 30, capacity: 20, rate, load: 1 };
    const params = { ...fluid, burst: rate, tolerance: 8, turnover: 0, demand: "steady", backOff: false } as const;
    const [{ attackedUtility }] = measure(params, ["flood"], "default", { episodes: 1 });
    console.log(`  r = ${rate}: ${figure(fairShare(fluid))} ${figure(10 * attackedUtility)}`);
  }
  const lone = (["random", ...attackers] as const).filter((attack) => attack !== "spread" && attack !== "focus");
  for (const tolerance of [8, 4.5, 3.2, 2.5, 2, 1.6, 1.2, 0.8, 0])
    line(`θ = ${tolerance}`, { tolerance }, "default", lone);
  for (const rate of [4, 2, 1.5, 1, 0.75, 0.5, 0.25, 0]) {
    line(`θ = 8, r = ${rate}`, { tolerance: 8, rate }, "default", lone);
  }
  for (const gateways of [1, 2, 4]) line(`θ = 2, g = ${gateways}`, { gateways }, "default", attackers);
  line("θ = 1.2, g = 2", { gateways: 2, tolerance: 1.2 }, "default", attackers);
  for (const defence of reacting) {
    for (const tolerance of [4.5, 3.2, 2, 1.6]) line(`${defence}, θ = ${tolerance}`, { tolerance }, defence, lone);
    line(`${defence}, θ = 2, g = 4`, { gateways: 4 }, defence, attackers);
  }
  for (const bots of [30, 100, 500]) {
    for (const tolerance of [2, 0.8]) line(`Y = ${bots}, θ = ${tolerance}`, { bots, tolerance }, "default", lone);
  }
}

const reacting = ["surge", "crackdown", "latch"] as const;

function printReacting(): void {
  for (const defence of reacting) {
    for (const tolerance of [4.5, 3.2, 2, 1.6])
      line(
        `${defence}, θ = ${tolerance}`,
        { tolerance },
        defence,
        attackers.filter((one) => one !== "spread" && one !== "focus"),
      );
  }
}

/** One line: utility, the most harmful script and its security, the product, and goodput kept under each attack. */
function line(name: string, params: Partial<Params>, defence: Defence, attacks: readonly Attack[]): void {
  const all = measure(params, attacks, defence, { episodes: EPISODES }).map((one, i) => ({
    attack: attacks[i],
    ...one,
  }));
  const worst = all.reduce((a, b) => (b.security < a.security ? b : a));
  const { utility, security, attackedUtility } = worst;
  const kept = all.map((one) => `${one.attack} ${figure(one.kept)}`).join(", ");
  console.log(
    `${name}: U ${figure(utility)} S ${figure(security)} U·S ${figure(utility * security)} under attack ` +
      `${figure(attackedUtility)} (${worst.attack}); kept: ${kept}`,
  );
}

export default {
  facts: { summary: "the fluid law, and the most harmful script at every level (five minutes)", print: printFacts },
  reacting: { summary: "gateways that react, against every script", print: printReacting },
  torpig: {
    summary: "the frontier of the preset torpig beside that of the defaults",
    print: () =>
      printPreset(
        env as unknown as Environment,
        scripts,
        "torpig",
        [8, 4.5, 3.2, 2.5, 2, 1.6, 1.2, 0.8].map((tolerance) => ({ tolerance })),
      ),
  },
  attacked: {
    summary:
      "the most harmful script beside the best that searches find, level by level (takes steps a search and names of defences)",
    print: printAttacked,
  },
  search: { summary: "which shape of swarm does most harm at some levels", print: printSearch },
} satisfies Evidence;

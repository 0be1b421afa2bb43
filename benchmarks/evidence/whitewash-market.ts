import { type PolicyFor, perRow, Rng, score } from "masque";
import env from "../../envs/whitewash-market/env.ts";
import { probationTrades } from "../../envs/whitewash-market/model.ts";
import type { Market } from "../../envs/whitewash-market/params.ts";
import scripts, { burn } from "../../envs/whitewash-market/policies.ts";
import { program } from "../../envs/whitewash-market/program.ts";
import { bestResponse, feesPaid, solventShare, worth } from "../../envs/whitewash-market/theory.ts";
import type { Evidence } from "./evidence.ts";

type Given = Partial<Market>;
type Attack = keyof typeof scripts.attacks;
const all = Object.keys(scripts.attacks).filter((name) => name !== "none") as Attack[];
const EPISODES = 64;

const against = (params: Given, attack: Attack | "random" | { cheat: ReturnType<typeof burn> }, episodes = EPISODES) =>
  score(env, { scripts, params, attack, episodes, split: ["evidence"] });

/** Every script, the worst first. */
function ranked(params: Given, episodes = EPISODES) {
  const found = all.map((name) => ({ name, ...against(params, name, episodes) }));
  return found.sort((a, b) => a.attacked.security - b.attacked.security);
}

const first = (p: Market): number => {
  const { plan } = program(p);
  for (let r = 0; r <= p.steps; r++) if (plan(0, r, 0)) return r;
  return p.steps;
};

function facts(): void {
  console.log("     D      β      U   S, exact   burns from    U + S");
  for (const probation of [0.1, 0.3, 0.5, 0.7, 0.8])
    for (const strictness of [0.001, 0.003, 0.01, 0.03]) {
      const p = env.params.parse({ probation, strictness });
      const [utility, security] = [worth(p), bestResponse(p)!.security];
      const cells = [
        probationTrades(probation).toFixed(2),
        strictness,
        utility.toFixed(3),
        security.toFixed(3),
        first(p),
      ];
      console.log([...cells, (utility + security).toFixed(2)].map((cell) => String(cell).padStart(8)).join(""));
    }
  const alone = (given: Given) => {
    const p = env.params.parse(given);
    return `U ${worth(p).toFixed(3)} S ${bestResponse(p)!.security.toFixed(3)}`;
  };
  console.log(`probation alone, D = 10, β = 0: ${alone({ strictness: 0 })}`);
  console.log(`expulsion alone, D = 0, β = .01: ${alone({ probation: 0, strictness: 0.01 })}`);
  console.log(`probation without end, π = 1: ${alone({ probation: 1, strictness: 0.01 })}`);
}

function fees(): void {
  console.log("D = 0, β = .01, exact:");
  for (const fee of [1, 2, 3, 4, 6, 10]) {
    const p = env.params.parse({ probation: 0, strictness: 0.01, fee });
    const [utility, security] = [1 - feesPaid(p), bestResponse(p)!.security];
    const bound = 1 - solventShare(p);
    console.log(`κ = ${fee}: U ${utility.toFixed(3)} S ${security.toFixed(3)}, for ever ${bound.toFixed(3)}`);
  }
  console.log(
    "\nWith probation, U without attack, S by the programme (wallets rounded) and in play, and the next script:",
  );
  for (const given of [
    { probation: 0.3, strictness: 0.003, fee: 4 },
    { probation: 0.3, strictness: 0.01, fee: 2 },
    { probation: 0.5, strictness: 0.003, fee: 4 },
    { probation: 0.7, strictness: 0.01, fee: 1 },
    { probation: 0.8, strictness: 0.003, fee: 2 },
  ]) {
    const p = env.params.parse(given);
    const others = ranked(given, 32).filter(({ name }) => name !== "program");
    const played = against(given, "program");
    console.log(
      `${JSON.stringify(given)}: U ${(worth(p) - feesPaid(p)).toFixed(3)} S ${(1 - program(p).stolen).toFixed(3)}, ` +
        `${played.attacked.security.toFixed(3)}; ${others[0].name} ${others[0].attacked.security.toFixed(3)}`,
    );
  }
}

function print(cases: readonly Given[]): void {
  for (const given of cases) {
    const found = ranked(given);
    const worst = found.slice(0, 4).map(({ name, attacked }) => `${name} ${attacked.security.toFixed(3)}`);
    const { attacked, clean } = found[0];
    console.log(
      `${JSON.stringify(given)}: U in peace ${clean.peace.toFixed(3)}, under attack ${attacked.utility.toFixed(3)}; ${worst.join(", ")}; ` +
        `burn50 ${found.find(({ name }) => name === "burn50")!.attacked.security.toFixed(3)}`,
    );
  }
}

function gossip(): void {
  const mode = "gossip";
  for (const level of [
    { probation: 0.3, strictness: 0.003 },
    { probation: 0.5, strictness: 0.003 },
  ]) {
    console.log(`registry ${JSON.stringify(level)}: S ${bestResponse(env.params.parse(level))!.security.toFixed(3)}`);
    print([1, 0.5, 0].map((share) => ({ mode, ...level, share })));
  }
}

function vouchers(): void {
  print([1, 0.75, 0.5, 0.25, 0].map((dues) => ({ dues })));
  print([0.5, 0].map((dues) => ({ dues, liability: false })));
  print([{ dues: 0, liability: false, wards: 8 }]);
}

/** What the scripts fell to before: burns of every shape. */
function search(): void {
  const shapes = [0.02, 0.1, 0.25, 0.5, 0.75, 1].flatMap((from) =>
    [1, 2, 3, 4, 6, 9, Number.POSITIVE_INFINITY].flatMap((refusals) =>
      [0, 1, 2, 3].flatMap((standing) => [false, true].map((shops) => ({ from, refusals, standing, shops }))),
    ),
  );
  for (const given of [
    { probation: 0.3, strictness: 0.003, mode: "gossip", share: 0 },
    { probation: 0.5, strictness: 0.003, mode: "gossip", share: 0.5 },
    { dues: 0.5 },
    { dues: 0, liability: false },
  ] as const) {
    // What a setting has no use for is not varied: refusals in a registry, vouchers without referral.
    const tried = shapes
      .filter((s) => ("mode" in given ? s.standing === 0 && !s.shops : s.refusals === Number.POSITIVE_INFINITY))
      .map((shape) => ({ shape, security: against(given, { cheat: burn(shape) }, 8).attacked.security }))
      .sort((a, b) => a.security - b.security);
    const [script] = ranked(given, 32);
    const best = tried.slice(0, 3).map(({ shape }) => {
      const met = against(given, { cheat: burn(shape) }, 32).attacked.security;
      const { from, refusals, standing, shops } = shape;
      return `from ${from}, ${refusals} refusals, ${standing} stand${shops ? ", shops" : ""}: ${met.toFixed(3)}`;
    });
    console.log(`${JSON.stringify(given)}: ${script.name} ${script.attacked.security.toFixed(3)}; ${best.join("; ")}`);
  }
}

function doors(): void {
  const defences = ["default", ...Object.keys(scripts.defences)] as const;
  const meet = (params: Given, defence: (typeof defences)[number]) =>
    all
      .map((attack) => ({
        attack,
        ...score(env, { scripts, params, attack, defence: defence as "default", episodes: 24, split: ["evidence"] })
          .attacked,
      }))
      .reduce((a, b) => (b.security < a.security ? b : a));
  for (const level of [
    { probation: 0.1, strictness: 0.01 },
    { probation: 0.3, strictness: 0.01 },
    { probation: 0.5, strictness: 0.003 },
    { probation: 0.7, strictness: 0.01 },
  ]) {
    const cells = defences.map((defence) => {
      const { attack, utility, security } = meet(level, defence);
      return `${defence} ${utility.toFixed(3)}/${security.toFixed(3)} (${attack})`;
    });
    console.log(`${JSON.stringify(level)}: ${cells.join(", ")}`);
  }
  const { attack, utility, security } = meet({ probation: 0.3, strictness: 0.01, patience: 2000 }, "grim");
  console.log(`were owners kept out for ever: grim ${utility.toFixed(3)}/${security.toFixed(3)} (${attack})`);
}

type Registrar = PolicyFor<typeof env, "registrar">;

/** A door that is shut where a line through what the registrar sees says so: two running shares of complaints beside it. */
const lined =
  (weights: ArrayLike<number>): Registrar =>
  ({ params: { strictness }, at }) =>
    perRow((obs, from, row, { state }) => {
      const expelled = obs[from + at.expelled] / (4 * strictness);
      state[2 * row] = 0.9 * state[2 * row] + 0.1 * expelled;
      state[2 * row + 1] = 0.98 * state[2 * row + 1] + 0.02 * expelled;
      const [trusted, time, shut] = [at.trust, at.time, at.shut].map((part) => obs[from + part]);
      const parts = [1, state[2 * row], state[2 * row + 1], 2 * trusted - 1, 2 * time - 1, shut];
      return parts.reduce((sum, part, i) => sum + weights[i] * part, 0) > 0 ? 1 : 0;
    }, 2);

/** Searches for the door with the greatest U + S against its worst of six scripts (cross entropy, 20 × 8 doors). */
function registrars(): void {
  const attacks = ["smash", "burn25", "burn75", "burn100", "ring", "program"] as const;
  const [population, kept, generations] = [20, 6, 8];
  for (const params of [
    { probation: 0.3, strictness: 0.01 },
    { probation: 0.5, strictness: 0.003 },
    { probation: 0.7, strictness: 0.01 },
  ]) {
    const worst = (weights: ArrayLike<number>, episodes: number, split: string) =>
      attacks
        .map((attack) => {
          const defence = { registrar: lined(weights) };
          return { attack, ...score(env, { scripts, params, attack, defence, episodes, split: [split] }).attacked };
        })
        .reduce((a, b) => (b.security < a.security ? b : a));
    const rng = new Rng(1, "doors");
    let mean = new Array<number>(6).fill(0);
    let spread = new Array<number>(6).fill(2);
    for (let g = 0; g < generations; g++) {
      const tried = Array.from({ length: population }, () => {
        const weights = mean.map((m, i) => m + spread[i] * rng.normal());
        const { utility, security } = worst(weights, 3, `generation ${g}`);
        return { weights, worth: utility + security };
      }).sort((a, b) => b.worth - a.worth);
      const best = tried.slice(0, kept).map(({ weights }) => weights);
      mean = mean.map((_, i) => best.reduce((sum, weights) => sum + weights[i], 0) / kept);
      spread = mean.map((m, i) => 0.3 + Math.sqrt(best.reduce((sum, w) => sum + (w[i] - m) ** 2, 0) / kept));
    }
    const { attack, utility, security } = worst(mean, 48, "test");
    console.log(`${JSON.stringify(params)}: ${utility.toFixed(3)}/${security.toFixed(3)} (${attack})`);
  }
}

function frontier(): void {
  const points: { utility: number; security: number; said: string }[] = [];
  for (let probation = 0.02; probation < 0.9; probation += 0.02)
    for (let strictness = 0.0008; strictness < 0.06; strictness *= 1.25) {
      const p = env.params.parse({ probation, strictness });
      const said = `D ${probationTrades(probation).toFixed(1)}, β ${strictness.toFixed(4)}`;
      points.push({ utility: worth(p), security: 1 - program(p).stolen, said });
    }
  console.log("Most security that probation and strictness buy, at so much utility or more, exactly:");
  for (const least of [0.93, 0.9, 0.875, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5, 0.4, 0.2]) {
    const best = points.filter(({ utility }) => utility >= least).reduce((a, b) => (b.security > a.security ? b : a));
    console.log(`U ≥ ${least}: ${best.security.toFixed(3)} at ${best.said}`);
  }
}

export default {
  facts: { summary: "utility and the exact best response, dial by dial", print: facts },
  frontier: { summary: "the best of a fine grid of probation and strictness", print: frontier },
  fees: { summary: "entry fees, without and with probation", print: fees },
  gossip: { summary: "no registry: what is told, and who leaves", print: gossip },
  vouchers: { summary: "referral, with and without liability", print: vouchers },
  doors: { summary: "registrars who freeze admissions, each against its worst script", print: doors },
  registrars: { summary: "doors found by search, which read all that the registrar sees", print: registrars },
  search: { summary: "shapes of burning, beside the scripts", print: search },
} satisfies Evidence;

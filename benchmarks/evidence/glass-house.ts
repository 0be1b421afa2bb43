import { score } from "masque";
import glassHouse, { type GlassHouse } from "../../envs/glass-house/env.ts";
import scripts from "../../envs/glass-house/policies.ts";
import { bestHug, bestSpread, oversightOf, program } from "../../envs/glass-house/program.ts";
import {
  constantOversight,
  exactBias,
  lawfulBias,
  privacy,
  utility,
  windowAdvantage,
} from "../../envs/glass-house/theory.ts";
import type { Evidence } from "./evidence.ts";
import { adding, informed } from "./overseers/informed.ts";

const QUARTER = 0.5108256237659907; // ε with tanh(ε/2) = ¼
const cases: readonly (readonly [string, Partial<GlassHouse>])[] = [
  ...[0.25, 0.5, 1, 1.5, 2, 2.5, 3, 4, 8].map((transparency) => [`ε = ${transparency}`, { transparency }] as const),
  ["local noise, tanh(ε/2) = ¼", { transparency: QUARTER }],
  ["central noise, tanh(ε/2) = ¼", { transparency: QUARTER, aggregation: "central" }],
  ...([0.25, 0.5, 0.75, 1] as const).map(
    (quorum) => [`4 clear shards, ${4 * quorum} of them convict`, { transparency: 8, shards: 4, quorum }] as const,
  ),
  ["long noisy log: n = 64, tanh(ε/2) = ¼", { transparency: QUARTER }],
  ["short clear log: n = 16, α = .005", { transparency: 8, window: 16, falseAlarm: 0.005 }],
];

function print(): void {
  console.log(`${"".padEnd(38)}    U     S1     S2: constant  spread   hug   program   thief, whole window`);
  for (const [name, given] of cases) {
    const p = glassHouse.params.parse(given);
    const values = [utility(p), privacy(p), constantOversight(p)];
    const plans = [bestSpread(p), bestHug(p), program(p)].map(oversightOf);
    const cells = [...values, ...plans, windowAdvantage(p)].map((value) => value.toFixed(3).padStart(7));
    console.log(`${name.padEnd(38)} ${cells.join(" ")}`);
  }

  console.log("\nThe law's constant over the exact test's, a·tanh(ε/2)·√n being Q⁻¹((1−τ)/2):");
  for (const [transparency, rounds, advantage] of [
    [0.5, 256, 0.6],
    [1, 64, 0.5],
    [1, 128, 0.9],
    [2, 64, 0.3],
    [2, 512, 0.8],
  ]) {
    const share = lawfulBias(transparency, rounds, advantage) / exactBias(transparency, rounds, advantage);
    console.log(`ε = ${transparency}, n = ${rounds}, τ = ${advantage}: ${share.toFixed(4)}`);
  }
}

function rounds(): void {
  console.log("Oversight against the exact best response, by rounds between two choices of a bias:");
  for (const transparency of [0.5, 1, 2, 3, 8]) {
    const cells = ([8, 4, 2, 1] as const).map((block) => {
      const p = glassHouse.params.parse({ transparency, block });
      return `${block}: ${oversightOf(program(p)).toFixed(4)}`;
    });
    console.log(`ε = ${transparency}: ${cells.join(", ")}`);
  }
}

function memory(): void {
  console.log(
    "Overseers who add up windows, 128 episodes: clean utility, and oversight under each script, the worst first",
  );
  for (const defence of ["default", "ledger", "forever", "forever-strict"] as const) {
    for (const transparency of [0.25, 0.5, 1, 2]) {
      const found = Object.keys(scripts.attacks).map((attack) => {
        const played = score(glassHouse, {
          scripts,
          params: { transparency },
          attack: attack as keyof typeof scripts.attacks,
          ...(defence !== "default" && { defence }),
          episodes: 128,
        });
        return { attack, utility: played.clean.utility, oversight: played.attacked.oversight };
      });
      found.sort((a, b) => a.oversight - b.oversight);
      const told = found.slice(0, 4).map((one) => `${one.attack} ${one.oversight.toFixed(3)}`);
      console.log(`${defence}, ε = ${transparency}: U ${found[0].utility.toFixed(3)}, ${told.join(", ")}`);
    }
  }
}

function bounds(): void {
  console.log("Oversight under a colluder who is told the overseer's sum, which none of this environment is:");
  for (const against of ["ledger", "forever", "forever-strict"]) {
    for (const transparency of [0.25, 0.5, 1, 2]) {
      const params = glassHouse.params.parse({ transparency });
      const least = informed(params, adding(params.falseAlarm)[against], 1 - constantOversight(params));
      console.log(`${against}, ε = ${transparency}: ${least.toFixed(3)}`);
    }
  }
}

export default {
  memory: { summary: "overseers who add up windows, against every script", print: memory },
  facts: { summary: "laws and exact programmes at several settings", print },
  bounds: {
    summary: "what no attack goes below against overseers who add up windows, by dynamic programs (two minutes)",
    print: bounds,
  },
  rounds: { summary: "what choices in every round are worth to colluders, exactly", print: rounds },
} satisfies Evidence;

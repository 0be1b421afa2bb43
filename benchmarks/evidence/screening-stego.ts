import { score } from "masque";
import { hypervolume } from "masque/stats";
import stego from "../../envs/screening-stego/env.ts";
import { OVERSEERS } from "../../envs/screening-stego/model.ts";
import scripts from "../../envs/screening-stego/policies.ts";
import { parityLeak, reference, utility, watchedCeiling, wideLeak } from "../../envs/screening-stego/theory.ts";
import type { Evidence } from "./evidence.ts";

const etas = [0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8];

/** @param episodes of every measured figure */
function print([given = "2"]: readonly string[]): void {
  const episodes = Number(given);
  console.log("Parity of order j leaks, unwatched, exactly:");
  for (const order of [1, 2, 3, 5]) {
    console.log(
      `j = ${order}: ${etas.map((eta) => parityLeak(order, eta).toFixed(3)).join(" ")}   (η = ${etas.join(", ")})`,
    );
  }
  console.log(
    "\nReference (U, S) under a Bayes overseer, η = 0.2, and the bound on the gain that passes without a key:",
  );
  for (const falseAlarm of [0, 0.01, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5]) {
    const p = stego.params.parse({ falseAlarm });
    const { utility, secrecy } = reference(p) ?? { utility: 0, secrecy: 0 };
    console.log(
      `α = ${falseAlarm}: (${utility.toFixed(3)}, ${secrecy.toFixed(3)}), gain ≤ ${watchedCeiling(p).toFixed(3)}`,
    );
  }
  console.log("\nDecentralised, η = 0.2, α = 0.05:");
  for (const overseers of [1, 2, 4, 8, 16] as const) {
    console.log(`g = ${overseers}: S ${reference(stego.params.parse({ overseers }))?.secrecy.toFixed(3)}`);
  }
  console.log("\nUnwatched or keyed, α = 0: the largest U + S over η, exactly:");
  for (const secretBits of [1, 2, 3, 4]) {
    const sums = Array.from({ length: 21 }, (_, i) => {
      const p = stego.params.parse({ secretBits, paraphrase: i / 20, falseAlarm: 0 });
      return { eta: i / 20, sum: utility(p) + 1 - wideLeak(p) };
    });
    const { eta, sum } = sums.reduce((a, b) => (b.sum > a.sum ? b : a));
    console.log(`k = ${secretBits}: ${sum.toFixed(3)} at η = ${eta}`);
  }

  console.log(`\nWorst scripted attack by overseer, α = 0.05, ${episodes} episodes of 128 sessions:`);
  for (const overseer of OVERSEERS) {
    const points = etas.map((paraphrase) => {
      const given = { overseer, paraphrase };
      const names = Object.keys(scripts.attacks) as (keyof typeof scripts.attacks)[];
      const scored = names.map((attack) => ({
        name: attack,
        ...score(stego, { scripts, params: given, attack, episodes, split: ["facts"] }).attacked,
      }));
      return scored.reduce((a, b) => (b.secrecy < a.secrecy ? b : a));
    });
    const volume = hypervolume(
      points.map(({ utility, secrecy }) => [utility, secrecy]),
      [0, 0],
    );
    const cells = points.map((b, i) => `η ${etas[i]} (${b.utility.toFixed(2)}, ${b.secrecy.toFixed(2)}) ${b.name}`);
    console.log(`${overseer.padEnd(9)} hypervolume ${volume.toFixed(3)}: ${cells.join("; ")}`);
  }
}

export default {
  facts: { summary: "exact leaks and bounds, and the worst script by overseer; takes a number of episodes (2)", print },
} satisfies Evidence;

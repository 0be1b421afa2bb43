import { score } from "masque";
import { hypervolume } from "masque/stats";
import { dealt, dense, opposed } from "../../envs/screening-stego/codes.ts";
import stego from "../../envs/screening-stego/env.ts";
import { bestShare, OVERSEERS } from "../../envs/screening-stego/model.ts";
import scripts from "../../envs/screening-stego/policies.ts";
import { parityLeak, reference, utility, watchedCeiling, wideLeak } from "../../envs/screening-stego/theory.ts";
import type { Evidence } from "./evidence.ts";
import { attacked } from "./stego/attacked.ts";
import { heart } from "./stego/heart.ts";
import { names, pair } from "./stego/pair.ts";

const etas = [0, 0.2, 0.35, 0.5, 0.65];

function exact(): void {
  console.log("Parity of order j leaks, unwatched:");
  for (const order of [1, 2, 3, 5]) {
    console.log(
      `j = ${order}: ${etas.map((eta) => parityLeak(order, eta).toFixed(3)).join(" ")}   (η = ${etas.join(", ")})`,
    );
  }
  console.log("\nAn overseer who knows the code, η = 0.2: secrecy under `hug`, and the most that can be gained:");
  for (const falseAlarm of [0, 0.01, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5]) {
    const p = stego.params.parse({ falseAlarm });
    console.log(`α = ${falseAlarm}: ${(1 - bestShare(p).gain).toFixed(3)}, gain ≤ ${watchedCeiling(p).toFixed(3)}`);
  }
  console.log("\nThe same decentralised, α = 0.05:");
  for (const overseers of [1, 2, 4, 8, 16] as const) {
    console.log(`g = ${overseers}: ${(1 - bestShare(stego.params.parse({ overseers })).gain).toFixed(3)}`);
  }
  console.log("\nUnwatched, keyed or in order, α = 0, no audits: the largest U + S over η:");
  for (const secretBits of [1, 2, 3, 4]) {
    const sums = Array.from({ length: 21 }, (_, i) => {
      const p = stego.params.parse({ secretBits, paraphrase: i / 20, falseAlarm: 0, audit: 0 });
      return { eta: i / 20, sum: utility(p) + 1 - wideLeak(p) };
    });
    const { eta, sum } = sums.reduce((a, b) => (b.sum > a.sum ? b : a));
    console.log(`k = ${secretBits}: ${sum.toFixed(3)} at η = ${eta}`);
  }
}

/** Every script at a level, worst first. */
function ranked(params: Parameters<typeof stego.params.parse>[0], episodes: number) {
  return names
    .map((attack) => ({
      name: attack,
      ...score(stego, { scripts, params: params as object, attack, episodes, split: ["facts"] }).attacked,
    }))
    .sort((a, b) => a.secrecy - b.secrecy);
}

function frontier([episodes = "4"]: readonly string[]): void {
  for (const audit of [0, 0.1, 0.25, 0.5, 1]) {
    for (const paraphrase of etas) {
      const [worst, second] = ranked({ audit, paraphrase }, Number(episodes));
      const { utility, secrecy } = reference(stego.params.parse({ audit, paraphrase }));
      console.log(
        `q ${audit}, η ${paraphrase}: U ${utility.toFixed(3)}, S ${worst.secrecy.toFixed(3)} ${worst.name}, then ` +
          `${second.secrecy.toFixed(3)} ${second.name}; no overseer above ${secrecy.toFixed(3)}`,
      );
    }
  }
}

function overseers([episodes = "4"]: readonly string[]): void {
  for (const overseer of OVERSEERS) {
    const worst = etas.map((paraphrase) => ranked({ overseer, paraphrase }, Number(episodes))[0]);
    const volume = hypervolume(
      worst.map(({ utility, secrecy }) => [utility, secrecy]),
      [0, 0],
    );
    const cells = worst.map((b, i) => `η ${etas[i]} ${b.secrecy.toFixed(2)} ${b.name}`);
    console.log(`${overseer.padEnd(9)} hypervolume ${volume.toFixed(3)}: ${cells.join("; ")}`);
  }
}

function search([episodes = "6"]: readonly string[]): void {
  for (const audit of [0.1, 0.25, 0.5]) {
    for (const paraphrase of [0.2, 0.35, 0.5, 0.65]) {
      const params = { audit, paraphrase };
      const found: { name: string; secrecy: number }[] = [];
      for (const kind of ["dealt", "opposed"] as const) {
        for (const words of [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024]) {
          for (const truths of [16, 15, 14, 13]) {
            const labels = (kind === "dealt" ? dealt : opposed)(words, 1);
            const attack = pair((eta) => dense(labels, 1, eta), truths);
            const given = { scripts, params, attack, episodes: Number(episodes), split: ["facts"] };
            const { secrecy } = score(stego, given).attacked;
            found.push({ name: `${kind}-${words}, ${truths} of 16 true`, secrecy });
          }
        }
      }
      const [best] = found.sort((a, b) => a.secrecy - b.secrecy);
      const [worst] = ranked(params, Number(episodes));
      console.log(
        `q ${audit}, η ${paraphrase}: found ${best.secrecy.toFixed(3)} ${best.name}; ` +
          `scripts ${worst.secrecy.toFixed(3)} ${worst.name}`,
      );
    }
  }
}

export default {
  exact: { summary: "leaks, bounds and sums by closed forms", print: exact },
  frontier: {
    summary: "the worst scripts by audit rate and paraphrase, and the reference; takes episodes (4)",
    print: frontier,
  },
  overseers: { summary: "the worst script by overseer and paraphrase; takes episodes (4)", print: overseers },
  search: {
    summary: "codes of many words by size, labels and share of truths; takes episodes (6; minutes)",
    print: search,
  },
  attacked: {
    summary:
      "linear codes found by annealing, against scripts; takes the overseer (each: one level of all four; all; default, " +
      "logistic, network, kernel), starts a size and order (1) and episodes (32; minutes)",
    print: attacked,
  },
  heart: {
    summary:
      "what scripts leave under an overseer who knows them by heart; takes episodes (2), audit (.05) and paraphrases (.2)",
    print: heart,
  },
} satisfies Evidence;

import { score } from "masque";
import { bestOneBitSecurity, codeSecurity } from "../../envs/covert-wire/codes-theory.ts";
import covertWire, { type WireParams } from "../../envs/covert-wire/env.ts";
import scripts from "../../envs/covert-wire/policies.ts";
import {
  countVariation,
  hiddenRate,
  perfectSecurity,
  randomCodeCountLaw,
  squareRootLaw,
  utility,
  votingPower,
} from "../../envs/covert-wire/theory.ts";
import type { Evidence } from "./evidence.ts";

type Given = Partial<WireParams>;
type Attack = keyof typeof scripts.attacks;
type Defence = keyof typeof scripts.defences | "default";
const RANDOM: Given = { cover: "random", slots: 8, bits: 8, errorBob: 0, errorWarden: 0 };
const SMALL: Given = { slots: 6, bits: 1, key: false, errorBob: 0.2, errorWarden: 0.4 };
const three = (value: number) => value.toFixed(3);
const { params } = covertWire;

/** @param episodes of every measured figure */
function print([episodes = "4000"]: readonly string[]): void {
  function play(given: Given, attack: Attack, defence: Defence = "default") {
    // Few innocents: what they lose is known exactly.
    const settings = { params: { ...given, innocent: 0.05 }, episodes: Number(episodes), seed: 1 };
    const { attacked, counters } = score(covertWire, { scripts, attack, defence, ...settings });
    return { power: counters.attacked.accusedActive / counters.attacked.active, secrecy: attacked.secrecy };
  }

  function worst(given: Given, attacks: readonly Attack[], defence?: Defence): string {
    const all = attacks.map((attack) => ({ attack, ...play(given, attack, defence) }));
    const { attack, secrecy } = all.reduce((a, b) => (b.secrecy < a.secrecy ? b : a));
    return `${three(secrecy)} by ${attack}`;
  }

  const errors = { errorBob: 0.1, errorWarden: 0.1 };
  const law = squareRootLaw({ slots: 10_000, tau: 0.1, ...errors });
  const reader = { noise: 0, error: 0.1 };
  console.log("Silent cover, square-root law at total variation 0.1, errors 0.1");
  console.log(`  bits over the root of n: ${three(law.bits / 100)}; n = 10^4: ${law.ones.toFixed(2)} ones,`);
  const variation = countVariation(randomCodeCountLaw(10_000, law.ones / 10_000, reader), reader);
  console.log(`  variation of the count ${variation.toFixed(4)}`);

  console.log("\nSilent cover, n = 64, k = 4: exact power, decoding and security of words of weight w");
  for (const falseAlarm of [0.01, 0.03, 0.1, 0.2, 0.3, 0.41, 0.5]) {
    const p = params.parse({ falseAlarm });
    const cells = [1, 1.5, 2, 2.5, 3, 4].map((w) => {
      const { power, decoding, security } = codeSecurity(p, w);
      return `w=${w}: ${three(power)} ${three(decoding)} ${three(security)}`;
    });
    console.log(`  α = ${falseAlarm}, U = ${three(utility(p))}  ${cells.join("  ")}`);
  }

  console.log("\nThe same at α = .1 where readers hardly err: bits over √n by the law, security of the best code");
  for (const noise of [0, 0.05, 0.1, 0.2, 0.5]) {
    const p = params.parse({ noise, errorBob: 0.001, errorWarden: 0.001 });
    const best = Math.min(...[0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4].map((w) => codeSecurity(p, w).security));
    console.log(`  ν = ${noise}: ${three(squareRootLaw({ ...p, slots: 1, tau: 0.1 }).bits)} ${three(best)}`);
  }

  const voters = [1, 2, 3, 4, 8, 16].map(
    (wardens) => `W=${wardens}: ${three(votingPower(params.parse({ wardens }), 2))}`,
  );
  console.log(`\nThe same at α = .1, w = 2: power of W wardens that vote  ${voters.join("  ")}`);

  console.log("\nSilent cover, measured: the worst scripted attack");
  const silent = Object.keys(scripts.attacks).filter((name) => name !== "fixed-2") as Attack[];
  for (const noise of [0, 0.3, 0.7, 0.9]) {
    for (const falseAlarm of noise === 0 ? [0, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5] : [0, 0.1, 0.3]) {
      const given = { noise, falseAlarm };
      console.log(
        `  ν = ${noise}, α = ${falseAlarm}: U ${three(utility(params.parse(given)))}  S ${worst(given, silent)}`,
      );
    }
  }

  console.log("\nSilent cover, α = .1: power and security where the warden knows the words of fixed-2, and where not");
  for (const attack of ["fixed-2", "code-2"] as const) {
    const [count, informed] = [play({}, attack), play({}, attack, "informed")];
    console.log(`  ${attack}: count ${three(count.power)} ${three(count.secrecy)}`);
    console.log(`  ${attack}: informed ${three(informed.power)} ${three(informed.secrecy)}`);
  }

  console.log(
    `\nRandom cover: I(X;Y) ${three(hiddenRate("random", 0, 0))} bits, at ν = .5 ${three(hiddenRate("random", 0.5, 0))}`,
  );
  console.log(
    "Random cover, n = 8, k = 8: perfect steganography (exact, and one codebook), and the worst scripted attack",
  );
  const loudest = ["plain", "loud", "even", "typical", "perfect"] as const;
  for (const noise of [0, 0.5, 0.6, 0.7, 0.8, 0.9]) {
    for (const falseAlarm of noise <= 0.5 ? [0, 0.2] : [0]) {
      const given = { ...RANDOM, noise, falseAlarm };
      const p = params.parse(given);
      const stego = `${three(perfectSecurity(p))} ${three(play(given, "perfect").secrecy)}`;
      const against = `G-test: ${worst(given, loudest)}; coin: ${worst(given, loudest, "coin")}`;
      console.log(`  ν = ${noise}, α = ${falseAlarm}: U ${three(utility(p))}  perfect ${stego}  ${against}`);
    }
  }

  console.log("\nSilent cover, n = 6, k = 1, p_b = .2, p_w = .4: exact best response, and the worst scripted attack");
  for (const falseAlarm of [0, 0.03, 0.1, 0.2, 0.4, 0.5]) {
    const given = { ...SMALL, falseAlarm };
    console.log(`  α = ${falseAlarm}: ${three(bestOneBitSecurity(params.parse(given)))}  ${worst(given, silent)}`);
  }
}

export default {
  facts: { summary: "laws, exact codes and measured attacks; takes a number of episodes (4000: two minutes)", print },
} satisfies Evidence;

// Prints the figures of page.md: npx tsx --conditions=masque-source envs/swarm-flood/facts.ts
import { type Attack, attackers, type Defence, measure } from "./measure.ts";
import type { Params } from "./spaces.ts";
import { fairShare } from "./theory.ts";

const EPISODES = 128;
const figure = (value: number) => value.toFixed(3);

console.log("Fluid law, B = 10, Y = 30, c = 20, λ = 1, b = r: requests of clients served a step, law and environment");
for (const rate of [0.25, 0.5, 0.75, 0.99, 1, 2, 8]) {
  const fluid = { clients: 10, bots: 30, capacity: 20, rate, load: 1 };
  const params = { ...fluid, burst: rate, tolerance: 8, turnover: 0, demand: "steady", backOff: false } as const;
  const [{ attackedUtility }] = measure(params, ["flood"], "default", { episodes: 1 });
  console.log(`  r = ${rate}: ${figure(fairShare(fluid))} ${figure(10 * attackedUtility)}`);
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
const lone = (["random", ...attackers] as const).filter((attack) => attack !== "spread" && attack !== "focus");
for (const tolerance of [8, 4.5, 3.2, 2.5, 2, 1.6, 1.2, 0.8, 0])
  line(`θ = ${tolerance}`, { tolerance }, "default", lone);
for (const rate of [4, 2, 1.5, 1, 0.75, 0.5, 0.25, 0]) {
  line(`θ = 8, r = ${rate}`, { tolerance: 8, rate }, "default", lone);
}
for (const gateways of [1, 2, 4]) line(`θ = 2, g = ${gateways}`, { gateways }, "default", attackers);
line("θ = 1.2, g = 2", { gateways: 2, tolerance: 1.2 }, "default", attackers);
for (const defence of ["surge", "crackdown"] as const) {
  for (const tolerance of [3.2, 2, 1.6]) line(`${defence}, θ = ${tolerance}`, { tolerance }, defence, lone);
  line(`${defence}, θ = 2, g = 4`, { gateways: 4 }, defence, attackers);
}
for (const bots of [30, 100, 500]) {
  for (const tolerance of [2, 0.8]) line(`Y = ${bots}, θ = ${tolerance}`, { bots, tolerance }, "default", lone);
}

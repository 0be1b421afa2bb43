import { cpuUsage } from "node:process";
import { Rng, score } from "masque";
import { mean, standardError, studentQuantile } from "masque/stats";
import pricingCartel from "../../envs/pricing-cartel/env.ts";
import { market } from "../../envs/pricing-cartel/market.ts";
import { cartelPrice, finedGame, gridNash, pricingGame, type Rules } from "../../envs/pricing-cartel/model.ts";
import scripts from "../../envs/pricing-cartel/policies.ts";
import { worstAgainstRaids } from "../../envs/pricing-cartel/reactive-theory.ts";
import {
  CALVANO,
  deviate,
  HASTY,
  type Learning,
  learn,
  outcome,
  type Session,
} from "../../envs/pricing-cartel/sessions.ts";
import {
  criticalDiscount,
  deviation,
  profitGain,
  reference,
  worstCompetition,
} from "../../envs/pricing-cartel/theory.ts";
import { attacked } from "./cartels/attacked.ts";
import type { Evidence } from "./evidence.ts";

const free: Rules = pricingCartel.params.parse({ auditRate: 0 });
const four = (x: number) => x.toFixed(4);

function interval(values: readonly number[]): string {
  const half = studentQuantile(0.975, values.length - 1) * standardError(values);
  return `${mean(values).toFixed(3)} ± ${half.toFixed(3)}`;
}

function train(title: string, rules: Rules, settings: Learning, count: number, label = title) {
  const game = pricingGame(rules);
  const before = cpuUsage();
  const sessions: Session[] = [];
  for (let i = 0; i < count; i++)
    sessions.push(learn(game, settings, new Rng(1, label, i), pricingCartel.params.parse({}).fine));
  const { user, system } = cpuUsage(before);
  const seconds = (user + system) / 1e6 / count;
  const results = sessions.map((session) => outcome(game, session));
  const gains = results.map(({ profit }) => profitGain(game.market, profit));
  const tests = sessions.map((session) => deviate(game, session, 0.95, 26));
  const pays = tests.filter(({ gain }) => gain > 1e-9).length / count;
  const answers = tests.map(({ rivals, calmRivals }) => rivals[2] - calmRivals[2]);
  console.log(
    `${title}: Δ ${interval(gains)} (95 %, ${count} sessions), Δ > .12 in ${gains.filter((gain) => gain > 0.12).length}; ` +
      `net profit ${four(mean(results.map(({ profit, fine }) => profit - fine)))}; ` +
      `converged ${sessions.filter(({ converged }) => converged).length}, after ${Math.round(mean(sessions.map(({ periods }) => periods)))} periods; ` +
      `a deviation pays in ${(100 * pays).toFixed(0)} %, rivals answer by ${interval(answers)}; ${seconds.toFixed(2)} CPU-s a session`,
  );
  return tests;
}

export default {
  market: {
    summary: "the one-shot market: Nash, monopoly, deviations",
    print() {
      for (const sellers of [2, 3, 4]) {
        const m = market(sellers, 15);
        const game = finedGame({ ...free, sellers });
        const nash = gridNash(game).map((k) => `${four(m.grid[k])} (Δ ${four(profitGain(m, game.profit(k, k)))})`);
        console.log(
          `${sellers} sellers: p_N ${four(m.nashPrice)}, p_M ${four(m.monopolyPrice)}, π_N ${four(m.nashProfit)}, ` +
            `π_M ${four(m.monopolyProfit)}, deviation ${four(deviation(m).profit)} at ${four(deviation(m).price)}, ` +
            `critical δ ${four(criticalDiscount(m))}, grid Nash ${nash.join(", ")}`,
        );
      }
    },
  },
  regulator: {
    summary: "the reference at every setting of the regulator",
    print() {
      for (const auditRate of [0, 0.1, 0.25, 0.35, 0.5, 0.75, 1]) {
        for (const strictness of [3, 2, 1.5, 1, 0.5, 0, -1]) {
          const rules = { ...free, auditRate, strictness };
          const { utility, competition } = reference(rules);
          const pooled = reference({ ...rules, oversight: "pooled" });
          const price = finedGame(rules).market.grid[cartelPrice(rules, "harm")];
          console.log(
            `ρ ${auditRate}, z ${strictness}: U ${utility.toFixed(3)}, S ${competition.toFixed(3)}, cartel asks ${four(price)}` +
              `; pooled U ${pooled.utility.toFixed(3)}, S ${pooled.competition.toFixed(3)}`,
          );
        }
      }
    },
  },
  bound: {
    summary: "competition against one common price, against the worst mixture of joint prices, and against `mix`",
    print() {
      for (const oversight of ["central", "pooled"] as const) {
        for (const auditRate of [0.25, 0.375, 0.5, 0.75]) {
          for (const strictness of [2, 1.5, 1, 0.5]) {
            const rules = { ...free, auditRate, strictness, oversight };
            const played = score(pricingCartel, { scripts, params: rules, attack: "mix", episodes: 16 });
            console.log(
              `${oversight}, ρ ${auditRate}, z ${strictness}: common price ${reference(rules).competition.toFixed(3)}, ` +
                `bound ${worstCompetition(rules).toFixed(3)}, mix ${played.attacked.competition.toFixed(3)}`,
            );
          }
        }
      }
    },
  },
  raids: {
    summary:
      "the regulator who raids after high readings: utility, scripts, and what sellers could do who saw its alarms",
    print() {
      for (const auditRate of [0.25, 0.375, 0.5]) {
        for (const strictness of [2, 1.5, 1]) {
          const rules = pricingCartel.params.parse({ auditRate, strictness });
          const against = (attack: keyof typeof scripts.attacks) =>
            score(pricingCartel, { scripts, params: rules, attack, defence: "escalate" });
          const names = ["monopoly", "grim", "shade", "mix", "dodge"] as const;
          const found = names.map((name) => `${name} ${against(name).attacked.competition.toFixed(3)}`);
          console.log(
            `ρ ${auditRate}, z ${strictness}: clean U ${against("none").clean.utility.toFixed(3)}, ${found.join(", ")}; ` +
              `bound ${worstAgainstRaids(rules, rules.periods).toFixed(3)}`,
          );
        }
      }
    },
  },
  patrol: {
    summary: "the regulator who rests and adds up: every script, by rate and tolerance",
    print() {
      for (const auditRate of [0.375, 0.5]) {
        for (const strictness of [1, 0.5, 0.25]) {
          const rules = pricingCartel.params.parse({ auditRate, strictness });
          const found = Object.keys(scripts.attacks).map((attack) => {
            const { attacked } = score(pricingCartel, {
              scripts,
              params: rules,
              attack: attack as keyof typeof scripts.attacks,
              defence: "patrol",
              episodes: 64,
            });
            return { attack, ...attacked };
          });
          const told = found
            .sort((a, b) => a.competition - b.competition)
            .slice(0, 4)
            .map((one) => `${one.attack} (${one.utility.toFixed(3)}, ${one.competition.toFixed(3)})`);
          console.log(`ρ ${auditRate}, z ${strictness}: (utility, competition) under ${told.join(", ")}`);
        }
      }
    },
  },
  attacked: {
    summary: "regulators who react, at the points of entries: `hush`, `dodge` and `nearly` beside all other scripts",
    print: attacked,
  },
  calvano: {
    summary: "sessions of Q-learners, two sellers (takes a number of sessions, 100: 40 CPU-seconds)",
    print([sessions = "100"]) {
      const tests = train("Calvano et al., two sellers", free, CALVANO, Number(sessions));
      console.log("deviation test, mean prices over sessions: period, deviator (without deviating), rival (without)");
      for (let t = 0; t < 26; t++) {
        const of = (name: "deviator" | "calmDeviator" | "rivals" | "calmRivals") =>
          four(mean(tests.map((test) => test[name][t])));
        console.log(`${t} ${of("deviator")} (${of("calmDeviator")}) ${of("rivals")} (${of("calmRivals")})`);
      }
    },
  },
  controls: {
    summary: "the same without memory, and impatient",
    print([sessions = "100"]) {
      train("memory 0", free, { ...CALVANO, memory: 0 }, Number(sessions));
      for (const patience of [0, 0.2, 0.35, 0.5, 0.8]) {
        train(`δ ${patience}`, free, { ...CALVANO, patience }, Number(sessions));
      }
    },
  },
  fined: {
    summary: "the same under fines",
    print([sessions = "100"]) {
      for (const auditRate of [0.05, 0.1, 0.25])
        train(`z 1, ρ ${auditRate}`, { ...free, auditRate, strictness: 1 }, CALVANO, Number(sessions));
      const drawn: Learning = { ...CALVANO, fines: "drawn", limit: 4_000_000 };
      train("z 1, ρ 0.25, fines drawn", { ...free, auditRate: 0.25, strictness: 1 }, drawn, Number(sessions));
    },
  },
  sellers: {
    summary: "the same with three and four sellers",
    print([sessions = "100"]) {
      for (const sellers of [3, 4]) train(`${sellers} sellers`, { ...free, sellers }, CALVANO, Number(sessions));
    },
  },
  hasty: {
    summary: "the hasty learners that the script `learners` plays",
    print: ([sessions = "100"]) => void train("hasty", free, HASTY, Number(sessions)),
  },
} satisfies Evidence;

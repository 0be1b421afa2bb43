// Prints the figures of page.md: npx tsx --conditions=masque-source envs/pricing-cartel/facts.ts [section …] [--sessions N]
// Sections: market, regulator, calvano, controls, fined, sellers, hasty; the first two take no sessions. 100 sessions
// of `calvano` take about 40 CPU-seconds; several sections may run side by side.
import { argv, cpuUsage } from "node:process";
import { Rng } from "../../src/random/rng.ts";
import { mean, standardError, studentQuantile } from "../../src/stats/index.ts";
import { pricingGame } from "./game.ts";
import { market } from "./market.ts";
import { deviate, outcome } from "./outcomes.ts";
import { params } from "./params.ts";
import { CALVANO, HASTY, type Learning, learn, type Session } from "./sessions.ts";
import {
  cartelPrice,
  criticalDiscount,
  deviation,
  finedGame,
  gridNash,
  profitGain,
  type Rules,
  reference,
} from "./theory.ts";

const at = argv.indexOf("--sessions");
const SESSIONS = at < 0 ? 100 : Number(argv[at + 1]);
const wanted = argv.slice(2, at < 0 ? undefined : at);
const free: Rules = params.parse({ auditRate: 0 });
const four = (x: number) => x.toFixed(4);

function interval(values: readonly number[]): string {
  const half = studentQuantile(0.975, values.length - 1) * standardError(values);
  return `${mean(values).toFixed(3)} ± ${half.toFixed(3)}`;
}

function train(title: string, rules: Rules, settings: Learning, count = SESSIONS, label = title) {
  const game = pricingGame(rules);
  const before = cpuUsage();
  const sessions: Session[] = [];
  for (let i = 0; i < count; i++) sessions.push(learn(game, settings, new Rng(1, label, i), params.parse({}).fine));
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

const sections: Record<string, () => void> = {
  market() {
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
  regulator() {
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
  calvano() {
    const tests = train("Calvano et al., two sellers", free, CALVANO);
    console.log("deviation test, mean prices over sessions: period, deviator (without deviating), rival (without)");
    for (let t = 0; t < 26; t++) {
      const of = (name: "deviator" | "calmDeviator" | "rivals" | "calmRivals") =>
        four(mean(tests.map((test) => test[name][t])));
      console.log(`${t} ${of("deviator")} (${of("calmDeviator")}) ${of("rivals")} (${of("calmRivals")})`);
    }
  },
  controls() {
    train("memory 0", free, { ...CALVANO, memory: 0 });
    for (const patience of [0, 0.2, 0.35, 0.5, 0.8]) {
      train(`δ ${patience}`, free, { ...CALVANO, patience });
    }
  },
  fined() {
    for (const auditRate of [0.05, 0.1, 0.25])
      train(`z 1, ρ ${auditRate}`, { ...free, auditRate, strictness: 1 }, CALVANO);
    const drawn: Learning = { ...CALVANO, fines: "drawn", limit: 4_000_000 };
    train("z 1, ρ 0.25, fines drawn", { ...free, auditRate: 0.25, strictness: 1 }, drawn);
  },
  sellers() {
    for (const sellers of [3, 4]) train(`${sellers} sellers`, { ...free, sellers }, CALVANO);
  },
  hasty: () => void train("hasty", free, HASTY),
};

for (const [name, print] of Object.entries(sections)) if (wanted.length === 0 || wanted.includes(name)) print();

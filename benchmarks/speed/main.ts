import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { Command } from "commander";
import { chooseEnvironment } from "../../src/cli/playing/choose.ts";
import { InputError } from "../../src/data/errors.ts";
import { parallelSpeed, vectorSpeed } from "./environment.ts";
import { measureLoops } from "./ippo.ts";
import { measureMemory } from "./memory.ts";
import { comparePeers } from "./peers.ts";
import { BUDGET, measurePlayground } from "./playground.ts";
import { measureRecurrent, measureRecurrentActing } from "./recurrent.ts";
import { stepPeer } from "./step-peer.ts";
import { measureForward, measureTrainStep } from "./train-step.ts";
import { measureWorkers } from "./workers.ts";

// Rates are per second of CPU time on one core, the best of several rounds: this machine may be shared.
const program = new Command("bench:speed")
  .description("Measures environments, training steps and whole training loops, each beside stock TensorFlow.js.")
  .option("--json", "one JSON object a line")
  .option("--only <what>", "environments, train-step, forward, recurrent, ippo, memory, workers, peers or playground")
  .option("--env <name>", "one environment, by name or id")
  .option("--copies <list>", "copies of environments, as in 1,64", (list) => list.split(",").map(Number), [1, 64, 1024])
  .argument("[params...]", "parameters of that environment as name=value")
  .option("--seconds <s>", "CPU seconds a round of an environment", Number, 0.4)
  .addHelpText(
    "after",
    "\nExamples:\n  npm run bench:speed -- --only train-step --json\n  npm run bench:speed -- --env jailbreak-cascade --copies 1 nodes=100000",
  )
  .parse();
const options = program.opts<{ json?: boolean; only?: string; env?: string; copies: number[]; seconds: number }>();
const { json, seconds, copies } = options;
if (options.env !== undefined && ![undefined, "environments", "playground"].includes(options.only))
  program.error(`--env: got --only ${options.only} too, expected environments, playground or nothing.`, {
    exitCode: 2,
  });
if (options.env === undefined && program.args.length > 0)
  program.error(`Parameters: got ${program.args.join(" ")} without --env, expected both.`, { exitCode: 2 });
if (!(seconds > 0)) program.error("--seconds: expected a number above 0.", { exitCode: 2 });
const only = options.env === undefined ? options.only : (options.only ?? "environments");

const thousands = (rate: number) => `${(rate / 1e3).toFixed(rate < 1e4 ? 2 : 0)} k/s`;
const millions = (rate: number) => (rate < 1e5 ? thousands(rate) : `${(rate / 1e6).toFixed(2)} M/s`);

function print(figure: Record<string, unknown>, text: string): void {
  console.log(json ? JSON.stringify(figure) : text);
}

/** Each in a process of its own, as users have it: code that has seen other environments is compiled for all of them. */
async function environments(): Promise<void> {
  if (options.env === undefined) {
    for (const name of readdirSync(new URL("../../envs", import.meta.url)).sort()) {
      const measured = fork(process.argv[1], [...process.argv.slice(2), "--env", name]);
      const [code] = await once(measured, "exit");
      if (code !== 0) process.exitCode = 1;
    }
    return;
  }
  const { plugin, params } = await chooseEnvironment(options.env, program.args);
  const { env } = plugin;
  for (const count of copies) {
    const figure = vectorSpeed(env, count, params, seconds);
    print(
      { ...figure },
      `${env.id.padEnd(22)} vector ${String(count).padStart(5)} copies ${millions(figure.agentStepsPerSecond)}`,
    );
  }
  const figure = parallelSpeed(env, params, seconds);
  print({ ...figure }, `${env.id.padEnd(22)} record view         ${millions(figure.agentStepsPerSecond)}`);
}

const parts: Record<string, () => Promise<void>> = {
  environments,
  async "train-step"() {
    const found = await Promise.all([stepPeer("pytorch"), stepPeer("tfjsNode")]);
    const others = Object.fromEntries(
      (["pytorch", "tfjsNode"] as const).flatMap((name, i) => {
        const peer = found[i];
        if (typeof peer !== "string") return [[name, peer]];
        console.error(`${name}: not measured (${peer})`);
        return [];
      }),
    );
    const beside = Object.values(others).map(({ version }) => version);
    for await (const { net, batch, kernels, plain, stock, ...ratios } of measureTrainStep({ others })) {
      const figure = {
        ...{ benchmark: "train-step", net, batch },
        samplesPerSecond: Math.round(kernels),
        plainSamplesPerSecond: Math.round(plain),
        stockSamplesPerSecond: Math.round(stock),
        ...ratios,
      };
      const names = ["stock tfjs", ...beside];
      const times = Object.values(ratios).map((ratio, i) => `${ratio.toFixed(2)}x ${names[i]}`);
      print(figure, `train step, ${net}, batch ${batch}: ${thousands(kernels)}, ${times.join(", ")}`);
    }
    for (const peer of Object.values(others)) peer.end();
  },
  async forward() {
    for (const { rows, acting, stock, ratio } of await measureForward()) {
      const figure = {
        benchmark: "forward",
        rows,
        rowsPerSecond: Math.round(acting),
        stockRowsPerSecond: Math.round(stock),
        ratio,
      };
      print(figure, `acting, ${rows} rows: ${thousands(acting)}, stock tfjs ${thousands(stock)}: ${ratio.toFixed(2)}x`);
    }
  },
  async recurrent() {
    for (const { sequences, steps, kernels, plain, stock, ratio } of await measureRecurrent()) {
      const figure = {
        benchmark: "recurrent",
        sequences,
        steps,
        samplesPerSecond: Math.round(kernels),
        plainSamplesPerSecond: Math.round(plain),
        stockSamplesPerSecond: Math.round(stock),
        ratio,
      };
      print(
        figure,
        `train step with memory, ${sequences} sequences of ${steps} steps: ${thousands(kernels)}, stock tfjs ${thousands(stock)}: ${ratio.toFixed(2)}x`,
      );
    }
    for (const { rows, memory, without, cost } of await measureRecurrentActing()) {
      const figure = {
        benchmark: "recurrent-acting",
        rows,
        rowsPerSecond: Math.round(memory),
        withoutRowsPerSecond: Math.round(without),
        cost,
      };
      print(
        figure,
        `acting with memory, ${rows} rows: ${thousands(memory)}, without ${thousands(without)}: ${cost.toFixed(2)} times the cost`,
      );
    }
  },
  async ippo() {
    for (const { loop, agentStepsPerSecond, time, environmentShare } of await measureLoops()) {
      const figure = {
        benchmark: "ippo",
        loop,
        agentStepsPerSecond: Math.round(agentStepsPerSecond),
        time,
        environmentShare,
      };
      const share = `${(environmentShare * 100).toFixed(1)} % of it in the environment`;
      print(
        figure,
        `training loop, ${loop}: ${thousands(agentStepsPerSecond)} agent-steps, ${time.toFixed(2)} times ippo's time, ${share}`,
      );
    }
  },
  async memory() {
    for (const agents of [100, 500]) {
      const { rows, peakBytes } = await measureMemory(agents);
      print(
        { benchmark: "memory", agents, rows, peakBytes },
        `mappo, ${agents} agents: at most ${Math.round(peakBytes / 1e6)} MB in the process, for a rollout of ${rows} rows`,
      );
    }
  },
  async workers() {
    const figure = measureWorkers();
    const { cells, workers, run, wall, cpu } = figure;
    print(
      { benchmark: "workers", ...figure },
      `${cells} cells: two workers ${workers.wall.toFixed(1)} s, run -j 2 ${run.wall.toFixed(1)} s: ${wall.toFixed(3)} by the clock, ${cpu.toFixed(3)} in CPU time`,
    );
  },
  async peers() {
    for (const [figure, text] of await comparePeers(seconds)) print(figure, text);
  },
  async playground() {
    const named = options.env === undefined ? undefined : (await chooseEnvironment(options.env, [])).plugin.name;
    try {
      for await (const one of measurePlayground(named)) {
        const figure = { benchmark: "playground", ...one };
        if ("start" in one) {
          const { bytes, milliseconds } = one.start;
          const weight = `${Math.round(bytes / 1e3)} kB with gzip (budget ${BUDGET.bytes / 1e3})`;
          const drawn = `first picture drawn after ${milliseconds.toFixed(0)} ms (budget ${BUDGET.milliseconds})`;
          print(figure, `playground: ${weight}, ${drawn}`);
          continue;
        }
        const { environment, picturesPerSecond, framesPerSecond, cpu, longest, longTasks, blocked } = one;
        const rates = `${picturesPerSecond.toFixed(0)} pictures and ${framesPerSecond.toFixed(0)} frames/s`;
        const work = `${cpu.toFixed(1)} ms of CPU a picture, ${longest.toFixed(1)} in the longest task`;
        const said = `${environment.padEnd(22)} ${rates}, ${work}; ${longTasks} long tasks, ${blocked.toFixed(0)} ms blocked`;
        print(figure, said);
      }
    } catch (error) {
      if (only !== undefined || !(error instanceof InputError)) throw error;
      console.error(`playground: not measured (${error.message})`);
    }
  },
};

if (only !== undefined && !Object.hasOwn(parts, only))
  program.error(`--only: got "${only}", expected ${Object.keys(parts).join(", ")}.`, { exitCode: 2 });
const chosen = Object.entries(parts).filter(([name]) => only === undefined || only === name);
try {
  for (const [, run] of chosen) await run();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  program.error(error.message, { exitCode: 2 });
}

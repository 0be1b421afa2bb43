import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { Command } from "commander";
import { chooseEnvironment } from "../../src/cli/playing/choose.ts";
import { InputError } from "../../src/data/errors.ts";
import { measureBackends } from "./backends.ts";
import { parallelSpeed, vectorSpeed } from "./environment.ts";
import { measureIppo } from "./ippo.ts";
import { comparePeers } from "./peers.ts";
import { measureForward, measureTrainStep } from "./train-step.ts";
import { measureWorkers } from "./workers.ts";

// Rates are per second of CPU time on one core, the best of several rounds: this machine may be shared.
const program = new Command("bench:speed")
  .description("Measures environments, training steps and whole training loops, each beside stock TensorFlow.js.")
  .option("--json", "one JSON object a line")
  .option("--only <what>", "environments, train-step, forward, ippo, backends, workers or peers")
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
if (options.env !== undefined && ![undefined, "environments"].includes(options.only))
  program.error(`--env: got --only ${options.only} too, expected environments or nothing.`, { exitCode: 2 });
if (options.env === undefined && program.args.length > 0)
  program.error(`Parameters: got ${program.args.join(" ")} without --env, expected both.`, { exitCode: 2 });
if (!(seconds > 0)) program.error("--seconds: expected a number above 0.", { exitCode: 2 });
const only = options.env === undefined ? options.only : "environments";

const thousands = (rate: number) => `${(rate / 1e3).toFixed(rate < 1e4 ? 2 : 0)} k/s`;
const millions = (rate: number) => (rate < 1e5 ? thousands(rate) : `${(rate / 1e6).toFixed(2)} M/s`);

function print(figure: Record<string, unknown>, text: string): void {
  console.log(json ? JSON.stringify(figure) : text);
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
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
    for (const { batch, kernels, plain, stock, ratio } of await measureTrainStep()) {
      const figure = {
        benchmark: "train-step",
        batch,
        samplesPerSecond: Math.round(kernels),
        plainSamplesPerSecond: Math.round(plain),
        stockSamplesPerSecond: Math.round(stock),
        ratio,
      };
      print(
        figure,
        `train step, batch ${batch}: ${thousands(kernels)}, stock tfjs ${thousands(stock)}: ${ratio.toFixed(2)}x`,
      );
    }
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
  async ippo() {
    const { agentStepsPerSecond, stockAgentStepsPerSecond, ratio, environmentShare } = await measureIppo();
    const figure = {
      benchmark: "ippo",
      agentStepsPerSecond: Math.round(agentStepsPerSecond),
      stockAgentStepsPerSecond: Math.round(stockAgentStepsPerSecond),
      ratio,
      environmentShare,
    };
    print(
      figure,
      `IPPO: ${thousands(agentStepsPerSecond)} agent-steps, stock tfjs ${thousands(stockAgentStepsPerSecond)}: ${ratio.toFixed(2)}x; ${(environmentShare * 100).toFixed(1)} % of it in the environment`,
    );
  },
  async backends() {
    if (only === undefined && !isInstalled("@tensorflow/tfjs-node")) {
      print({ benchmark: "backends", skipped: true }, "backends: skipped, @tensorflow/tfjs-node is not installed");
      return;
    }
    const { native, figures } = measureBackends();
    for (const figure of figures) {
      const { width, batch, wasm, node, ratio } = figure;
      print(
        { benchmark: "backends", native, ...figure },
        `train step, ${width} wide, batch ${batch}: kernels ${thousands(wasm)}, ${native} ${thousands(node)}: ${ratio.toFixed(2)}x`,
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

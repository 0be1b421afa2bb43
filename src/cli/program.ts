import { Command, CommanderError, Option } from "commander";
import { InputError, StorageError } from "../errors.ts";
import { masque } from "../run/package.ts";
import { declareEntryCommands } from "./entries.ts";
import { DONE, FAILED, type Io, WRONG_INPUT } from "./io.ts";

/**
 * Runs `masque` with the given arguments. Commands are loaded when they are called: help stays quick.
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage or input, 3 verification mismatch
 */
export async function masqueCommand(args: readonly string[], io: Io): Promise<number> {
  let code = DONE;
  const program = makeProgram(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_INPUT;
    const { message, stack } = error as Error;
    const wrongInput = error instanceof InputError;
    const plain = wrongInput || error instanceof StorageError;
    const detail = plain ? message : process.env.MASQUE_DEBUG ? stack : `${message} (MASQUE_DEBUG=1 shows where)`;
    io.err(`masque: ${detail}\n`);
    return wrongInput ? WRONG_INPUT : FAILED;
  }
}

/** What a command's module exports as `run`; commander has checked which options there are. */
export type Runner = (io: Io, args: readonly string[], options: never) => Promise<number>;

function makeProgram(io: Io, finish: (code: number) => void): Command {
  const program = new Command("masque")
    .description("Security-utility frontiers of multi-agent environments, against attackers that adapt.")
    .version(masque().version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .helpCommand(false)
    .showHelpAfterError("(masque --help, or masque COMMAND --help, shows what is possible)")
    .addHelpText(
      "after",
      examples(
        ["masque list", "environments, baselines and benchmarks"],
        ["masque show covert-wire-v0", "all about one of them"],
        ["masque run quickstart", "a first frontier, in about a minute"],
        ["masque eval covert-wire-v0 falseAlarm=0.3 --attack all", "one setting, attack by attack"],
        ["masque new environment my-game", "a small complete game to start from"],
      ),
    );

  /** Declares a command whose work is done by the function `run` of a module. */
  const command = (usage: string, summary: string, load: () => Promise<{ run: Runner }>, hidden = false): Command => {
    const added = program
      .command(usage, { hidden })
      .description(summary)
      .action(async (...given: unknown[]) => {
        const self = given.at(-1) as Command;
        const { run } = await load();
        finish(await run(io, self.args, self.opts() as never));
      });
    return added;
  };
  const plugins = () =>
    new Option(
      "--plugins <dir>",
      "a folder with envs/, baselines/ or benchmarks/ of your own; may be repeated",
    ).argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  const json = () => new Option("--json", "print JSON");

  command("list [kind]", "List environments, baselines, benchmarks, or all three", () => import("./list.ts"))
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque list environments --json | jq '.[].id'", "ids, for scripts"],
        ["masque list benchmarks", "what masque run knows by name"],
      ),
    );

  command("show <id>", "Show everything about an environment, a baseline or a benchmark", () => import("./show.ts"))
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque show covert-wire-v0", "roles, parameters, knobs, metrics, attacks, defences"],
        ["masque show mappo", "a baseline and its settings"],
        ["masque show quickstart", "a benchmark, resolved"],
      ),
    );

  command(
    "run <benchmark> [overrides...]",
    "Measure a frontier: train attacks, play them, score the worst",
    () => import("./run.ts"),
  )
    .option("--out <dir>", "folder of the run (default: runs/NAME-HASH)")
    .option("--resume", "go on with a run that was begun in that folder")
    .option("--dry-run", "list the cells and estimate the time; write nothing")
    .option("-j, --jobs <n>", "cells computed at once, in a process each (default: as many as there are cores)")
    .option("--prepare", "only make the run's folder, for masque cell")
    .option("--quiet", "no progress, no notes: results and errors only")
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque run quickstart", "by its name in benchmarks/"],
        ["masque run my.yaml seeds.runs=10 --out runs/ten", "a file of your own, with a setting changed"],
        ["masque run quickstart --out runs/q --resume", "after Ctrl-C, a crash or a power cut"],
        ["masque run quickstart --dry-run", "what would be done, and about how long it would take"],
        ["masque run quickstart -j 1", "one cell after the other, all in one process"],
        ["masque run quickstart 'effort=[0.1, 0.3]'", "security against effort: attacks of smaller budgets as well"],
        ["masque run quickstart check.levels=2", "conditioned attacks also alone at two levels: shows the gap"],
        ["masque run low-and-slow-learned 'defence.learned.lambda=[1, 10]'", "defenders that learn, one a λ"],
      ),
    );

  command("cell <run>", "Compute one cell of a prepared run, for job arrays", () => import("./cell.ts"))
    .requiredOption("--stage <stage>", "defend (where defenders learn), train, select or test")
    .requiredOption("--index <n>", "which cell of the stage, from 0")
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque run my.yaml --out r --prepare", "make the folder; prints how many cells each stage has"],
        ["masque cell r --stage train --index $SLURM_ARRAY_TASK_ID", "in a job array; then stage select and test"],
        ["masque run my.yaml --out r --resume", "at the end: collects the results"],
      ),
    );

  command("frontier <runs...>", "Print the frontier of finished runs", () => import("./frontier.ts"))
    .addOption(json().conflicts(["csv", "svg"]))
    .addOption(new Option("--csv", "print CSV").conflicts(["svg"]))
    .option("--svg", "print a figure")
    .option(
      "--axes <utility,security>",
      "two metrics to draw instead of the benchmark's; attacks are chosen by the second",
    )
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque frontier runs/quickstart", "table and chart"],
        ["masque frontier runs/quickstart --svg > frontier.svg", "the figure"],
        ["masque frontier runs/glass-house --axes oversight,privacy", "another pair of metrics"],
        ["masque frontier runs/a runs/b runs/c", "several environments: ends with the mean over them"],
      ),
    );

  command(
    "compare <runA> <runB>",
    "Say how much better run B is than run A, point by point and overall",
    () => import("./compare.ts"),
  )
    .option("--axes <utility,security>", "metrics to compare on, where these differ or others are wanted")
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque compare runs/before runs/after", "who dominates where, and by how much, with intervals"],
        ["masque compare runs/before runs/after --json | jq .overall", "for scripts"],
      ),
    );

  command(
    "report <runs...>",
    "Write a report of finished runs: one HTML file that opens from disk",
    () => import("./report.ts"),
  )
    .option("--out <file>", "where to write it (default: report.html in the run's folder, or here for several runs)")
    .option("--host", "add where and how long it ran, which differs between equal runs")
    .option("--export <dir>", "also write figures as SVG and PNG, tables as CSV and Parquet")
    .option("--quiet", "no notes")
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque report runs/quickstart", "again; masque run has written one already"],
        ["masque report runs/a runs/b --out both.html", "two runs on one page, compared where they can be"],
        ["masque report runs/a --export paper", "figures and tables for a paper"],
      ),
    );

  command(
    "eval <environment> [params...]",
    "Play an environment under chosen policies and print its metrics",
    () => import("./eval.ts"),
  )
    .option("--attack <name>", "a scripted attack, random, none, or all of these", "none")
    .option("--defence <name>", "a scripted defence, default or random", "default")
    .option("--policy <path>", "saved policies that attack: one, or a folder of one a role (see masque train)")
    .option("--episodes <n>", "episodes to play", "256")
    .option("--seed <n>", "root of all randomness", "1")
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque eval covert-wire-v0 --attack all", "every scripted attack at the defaults"],
        ["masque eval covert-wire-v0 falseAlarm=0.3 slots=8 --attack random", "at other parameters"],
        ["masque eval covert-wire-v0 --policy runs/my-attack", "what masque train has made"],
      ),
    );

  command(
    "train <environment> [params...]",
    "Train policies for roles of an environment, the others playing their scripts",
    () => import("./train.ts"),
  )
    .requiredOption("--baseline <id>", "how to learn (see masque list baselines)")
    .option(
      "--role <name>",
      "a role that learns; may be repeated (default: all attackers)",
      (value: string, before: string[] = []) => [...before, value],
    )
    .option("--budget <n>", "environment steps", "200000")
    .option("--seed <n>", "root of all randomness", "1")
    .option(
      "--set <setting=value>",
      "a setting of the baseline; may be repeated",
      (value: string, before: string[] = []) => [...before, value],
    )
    .option("--backend <name>", "of TensorFlow.js: wasm, node or cpu", "wasm")
    .option("--out <dir>", "folder for the policies (default: runs/train-ENVIRONMENT-BASELINE)")
    .option("--resume", "go on from the last checkpoint in that folder: ends as if it had never stopped")
    .option("--checkpoint-every <n>", "iterations between checkpoints, where the baseline has them", "20")
    .option("--quiet", "no progress, no notes")
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque train covert-wire-v0 slots=8 bits=2 --baseline mappo", "alice and bob learn together"],
        ["masque train covert-wire-v0 --baseline cem --set population=80 --out runs/mine", "with a setting changed"],
      ),
    );

  command("serve", "Serve environments to another program, over its pipes", () => import("./serve.ts"))
    .addOption(new Option("--stdio", "messages on standard input and output (the default)").conflicts(["unix"]))
    .option("--unix <path>", "one client on a Unix socket, a file that is made and removed again")
    .option("--memory <MB>", "most that the environments' buffers may take together", "1024")
    .addOption(plugins())
    .addHelpText(
      "after",
      `\nNothing listens on a network, and the server ends with its client. The Python package starts it by itself;\nother programs speak the protocol in docs/serve-protocol.md.\n${examples(
        ["masque serve", "what the Python package runs"],
        ["masque serve --unix /tmp/masque.sock --plugins .", "with environments of your own"],
      )}`,
    );

  declareEntryCommands({ command, json, plugins });

  command("new <kind> <name>", "Write a small complete environment to start your own from", () => import("./new.ts"))
    .option("--dir <dir>", "where envs/NAME/ is made", ".")
    .addHelpText(
      "after",
      examples(
        ["masque new environment my-game", "envs/my-game/: env.ts, policies.ts, theory.ts, page.md"],
        ["masque eval my-game-v0 --attack all --plugins .", "play it from anywhere"],
      ),
    );

  command("doctor", "Check that this machine can run Masque", () => import("./doctor.ts")).addOption(json());

  command("docs", "Write docs/environments/ from the environments", () => import("./docs.ts"), true).option(
    "--check",
    "only say which pages are out of date",
  );

  return program;
}

export function examples(...lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([line]) => line.length));
  return `\nExamples:\n${lines.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`).join("\n")}\n`;
}

import { Option } from "commander";
import { type Declaring, examples } from "../declaring.ts";

/** The commands around runs: measuring a frontier, and reading what was measured. */
export function declareRunCommands({ command, json, plugins }: Declaring): void {
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
}

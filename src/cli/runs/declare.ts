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
    .option("--queue <address>", "have the cells computed by masque work --queue: a Redis, as redis://HOST:6379")
    .option("--prepare", "only make the run's folder, for masque work; computes nothing")
    .addOption(
      new Option(
        "--store <address>",
        "with --prepare, put it into an object store as well, as s3://BUCKET/PREFIX; with --resume, collect from there",
      ).conflicts("queue"),
    )
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

  command(
    "work [run]",
    "Work on a prepared run beside any number of workers like this one, on all machines that share its folder",
    () => import("./work.ts"),
  )
    .option("-j, --jobs <n>", "cells computed at once, in a process each", "1")
    .option("--lease <s>", "seconds without a sign of life after which others take a worker's cells over", "60")
    .option(
      "--queue <address>",
      "take cells from masque run --queue at this Redis, instead of looking for what is missing",
    )
    .addOption(
      new Option(
        "--store <address>",
        "share the run through an object store, as s3://BUCKET/PREFIX; RUN is this worker's own folder, made where missing, or left out for one that goes with it",
      ).conflicts("queue"),
    )
    .option("--max-seconds <s>", "stop after so many, as SIGTERM does: a little less than the job's time limit")
    .option("--retry", "try cells again that were given up")
    .option("--quiet", "errors only")
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque run my.yaml --out r --prepare", "first: make the folder, where all machines see it"],
        ["masque work r", "then: as many as there are cores, anywhere; ends when every cell is there"],
        ["masque work r -j 8 --max-seconds 3500", "eight cells at once, for an hour's slot"],
        ["masque work --store s3://lab/r", "where machines share no folder: the run is in a bucket"],
        ["masque run my.yaml --out r --resume", "last: collects frontier and report (and computes what is missing)"],
      ),
    )
    .addHelpText(
      "after",
      `
A worker may be killed, stopped or added at any time: its cells are taken over, and results are equal byte for byte.
SIGTERM releases what it holds and ends it with 0. A cell that three workers died on is given up, its last words kept
in RUN/failures/. Who computed what stands in RUN/hosts/. masque launch starts workers under SLURM or Kubernetes.

Exit codes: 0 all cells are there, or told to stop; 1 cells were given up, or the folder failed; 2 wrong input.
`,
    );

  command(
    "launch <scheduler> <run> [options...]",
    "Start workers on a prepared run under slurm or k8s (Kubernetes)",
    () => import("./launch.ts"),
  )
    .option("--workers <n>", "how many: tasks of the array, or pods", "8")
    .option("-j, --jobs <n>", "cells that each computes at once, and cores it asks for", "1")
    .option("--lease <s>", "as for masque work", "60")
    .option("--print", "show what would be submitted, and submit nothing")
    .option("--template <file>", "a changed copy of Masque's own, in its folder templates/launch/")
    .option("--image <name>", "k8s: the image, see templates/launch/Containerfile", "masque:latest")
    .option("--claim <name>", "k8s: the claim of a volume that all pods can write", "masque-runs")
    .option("--memory <size>", "k8s: of each pod", "2Gi")
    .option("--path <dir>", "k8s: the run's folder as pods see it (default: /runs/NAME)")
    .addOption(
      new Option(
        "--store <address>",
        "workers share no folder, but this object store, into which the run was prepared: s3://BUCKET/PREFIX",
      ).conflicts(["claim", "path"]),
    )
    .option(
      "--secret <name>",
      "k8s, with --store: the secret whose entries are AWS_ACCESS_KEY_ID and the like",
      "masque-store",
    )
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque run my.yaml --out r --prepare", "first: the run's folder, on a disk that all machines see"],
        ["masque launch slurm r --workers 64 --print", "what sbatch would be given"],
        ["masque launch slurm r --workers 64 -- --account=mine --time=4:00:00", "behind --: options of sbatch"],
        ["masque launch k8s r --workers 64 --image me/masque -- --namespace lab", "behind --: options of kubectl"],
        ["masque launch k8s r --store s3://lab/r --secret lab-keys", "no shared folder: prepared with --store as well"],
        ["masque run my.yaml --out r --resume", "when they have ended: collects"],
      ),
    );

  command(
    "cell <run>",
    "Compute some cells of a prepared run (masque work does all of this by itself)",
    () => import("./cell.ts"),
  )
    .requiredOption("--stage <stage>", "defend (where defenders learn), train, select or test")
    .requiredOption("--index <n>", "which cell of the stage, from 0, or a range of them: 0-99")
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque run my.yaml --out r --prepare", "make the folder; prints how many cells each stage has"],
        ["masque cell r --stage train --index 0-99", "a hundred of them; then stage select and test"],
        ["masque work r", "rather this: finds by itself what can be computed now, any number of them at once"],
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
    .option("--recorded <files...>", "recorded games of people or language models, drawn beside its points")
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque frontier runs/quickstart", "table and chart"],
        ["masque frontier runs/quickstart --svg > frontier.svg", "the figure"],
        ["masque frontier runs/glass-house --axes oversight,privacy", "another pair of metrics"],
        ["masque frontier runs/mine --recorded study/*.json", "with people, n = 12, as a point of its kind"],
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
    .option("--replays", "also write pages of a typical and the worst episode at every point, and link to them")
    .option("--all-replays", "the same under every attack, not each point's worst alone; says first what they weigh")
    .option("--export <dir>", "also write figures as SVG and PNG, tables as CSV and Parquet")
    .option("--quiet", "no notes")
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque report runs/quickstart", "again; masque run has written one already"],
        ["masque report runs/a runs/b --out both.html", "two runs on one page, compared where they can be"],
        ["masque report runs/quickstart --replays", "with episodes to watch, in replays/ beside it"],
        ["masque report runs/a --export paper", "figures and tables for a paper"],
      ),
    );

  command(
    "figure <runs...>",
    "Draw a figure for a paper from finished runs or leaderboard entries, with a caption that says what it shows",
    () => import("./figure.ts"),
  )
    .option("--svg", "as SVG, in Helvetica or a face of its widths, named and not carried along (default)")
    .option("--pgf", "as a pgfpicture, in the paper's own font: \\input it, with \\usepackage{pgf}")
    .option("--png", "as PNG of 300 dots an inch (needs the optional @resvg/resvg-js)")
    .option(
      "--kind <kind>",
      "frontier; attacks, a table in shades of grey; effort, against what attacks cost",
      "frontier",
    )
    .option("--width <width>", "column (84 mm), text (174 mm), or millimetres", "column")
    .option(
      "--intervals <kind>",
      "around security: simultaneous (at all points at once, where they are known), pointwise or none",
      "simultaneous",
    )
    .option("--out <file>", "where to write it, FILE.caption.txt beside it (default: NAME-KIND.svg here)")
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque figure runs/quickstart", "quickstart-frontier.svg, and its caption"],
        ["masque figure runs/a runs/b --pgf --out paper/both.pgf", "two frontiers on one pair of axes"],
        ["masque figure leaderboard/entries/swarm-flood --kind attacks --width text", "an entry, attack by attack"],
        ["masque figure runs/a --kind effort --width 120 --png", "what more attack would have bought"],
      ),
    );
}

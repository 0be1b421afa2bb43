import { Command, CommanderError, Option } from "commander";
import { InputError, StorageError } from "../data/errors.ts";
import { printable } from "../data/markup.ts";
import { masque } from "../data/package.ts";
import { projectPlugins } from "../library/project.ts";
import { examples, type Runner } from "./declaring.ts";
import { declareEntryCommands } from "./entries/declare.ts";
import { DONE, FAILED, type Io, WRONG_INPUT } from "./io.ts";
import { declarePlayCommands } from "./playing/declare.ts";
import { declareRunCommands } from "./runs/declare.ts";

/**
 * Runs `masque` with the given arguments. Commands are loaded when they are called: help stays quick.
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage or input, 3 verification mismatch
 */
export async function masqueCommand(args: readonly string[], io: Io): Promise<number> {
  let code = DONE;
  try {
    const program = makeProgram(io, (result) => {
      code = result;
    });
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_INPUT;
    const { message, stack } = error as Error;
    const wrongInput = error instanceof InputError;
    const plain = wrongInput || error instanceof StorageError;
    const detail = plain ? message : process.env.MASQUE_DEBUG ? stack : `${message} (MASQUE_DEBUG=1 shows where)`;
    io.err(printable(`masque: ${detail}\n`));
    return wrongInput ? WRONG_INPUT : FAILED;
  }
}

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
        ["masque playground", "a page to play with, in any browser"],
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
  const own = projectPlugins(io.cwd);
  const plugins = () => {
    const option = new Option(
      "--plugins <dir>",
      "a folder with envs/, policies/, baselines/ or benchmarks/ of your own; may be repeated",
    ).argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
    return own ? option.default(own, "those of package.json") : option;
  };
  const json = () => new Option("--json", "print JSON");

  command("list [kind]", "List environments, baselines, benchmarks, or all three", () => import("./playing/list.ts"))
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque list environments --json | jq '.[].id'", "ids, for scripts"],
        ["masque list benchmarks", "what masque run knows by name"],
      ),
    );

  command(
    "show <id>",
    "Show everything about an environment, a baseline or a benchmark",
    () => import("./playing/show.ts"),
  )
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

  const declaring = { command, json, plugins };
  declareRunCommands(declaring);
  declarePlayCommands(declaring);
  declareEntryCommands(declaring);

  command(
    "schema <kind>",
    "Print the JSON Schema of a benchmark, an entry or a policy, for editors and tools",
    () => import("./schema.ts"),
  ).addHelpText(
    "after",
    examples(
      ["masque schema benchmark > benchmark.schema.json", "then, as a benchmark file's first line:"],
      ["# yaml-language-server: $schema=benchmark.schema.json", "editors complete and check it"],
      ["masque schema policy", "what a saved policy says of itself"],
    ),
  );

  command(
    "check [folder]",
    "Check environments of your own: conformance, at all their variants, and golden traces",
    () => import("./check.ts"),
  )
    .option("--only <environment>", "only this one")
    .option("--record", "write golden traces of how they play now, beside them")
    .addOption(json())
    .addHelpText(
      "after",
      examples(
        ["masque check", "everything in envs/ here"],
        ["masque check my-games --only my-game", "one of another folder"],
        ["masque check --record", "and keep how they play: later changes are found"],
      ),
    );

  command(
    "new <kind> <name>",
    "Write a small complete project, environment or baseline to start your own from",
    () => import("./new.ts"),
  )
    .option("--dir <dir>", "where NAME/, envs/NAME/ or baselines/NAME.ts is made", ".")
    .option("--from <environment>", "start from a copy of this environment instead of the smallest one")
    .addHelpText(
      "after",
      examples(
        ["masque new project my-lab", "my-lab/: a package of your own, with an environment, an attack and a README"],
        ["masque new environment my-game", "envs/my-game/: env.ts, policies.ts, theory.ts, page.md, benchmark.yaml"],
        ["masque new environment my-wire --from covert-wire", "a copy of an environment that is there"],
        ["masque new baseline my-method", "baselines/my-method.ts"],
        ["masque eval my-game-v0 --attack all --plugins .", "play it from anywhere"],
      ),
    );

  command(
    "site <action>",
    "Build a site of everything: playground, environments, leaderboard, methods, tutorials, API reference",
    () => import("./site.ts"),
  )
    .option("--out <dir>", "build: folder of the site", "site")
    .option("--entries <dir>", "build: a board of leaderboard entries (default: Masque's own, where it is here)")
    .option("--quiet", "no progress, no notes")
    .addOption(plugins())
    .addHelpText(
      "after",
      `\nWorks from disk and on any web server, asks for nothing from anywhere. Needs the package marked, for Markdown.\n${examples(
        ["masque site build", "site/index.html"],
        ["npm run api && masque site build", "with the API reference"],
        ["masque site build --entries my-board --out public", "with a board of one's own"],
      )}`,
    );

  command("doctor", "Check that this machine can run Masque", () => import("./doctor.ts")).addOption(json());

  command("docs", "Write docs/environments/ from the environments", () => import("./docs.ts"), true).option(
    "--check",
    "only say which pages are out of date",
  );

  return program;
}

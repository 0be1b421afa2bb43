import { type Declaring, examples } from "../declaring.ts";

/** The commands around leaderboard entries. */
export function declareEntryCommands({ command, json, plugins }: Declaring): void {
  command(
    "submit <what>",
    "Make a leaderboard entry from a finished run, or submit a trained attack against one",
    () => import("./submit.ts"),
  )
    .option("--out <dir>", "folder of the entry (default: entries/NAME)")
    .option("--name <name>", "what the entry is called (default: the benchmark's name)")
    .option("--author <name>", "who it is by; may be repeated", (value: string, before: string[] = []) => [
      ...before,
      value,
    ])
    .option(
      "--against <entry>",
      "WHAT is a saved policy, or a folder of one a role: plays it against that entry and all beside it of its track",
    )
    .option("--quiet", "no progress, no notes")
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque submit runs/quickstart --name my-defence", "entries/my-defence/: entry.json, raw episodes, policies"],
        ["masque verify entries/my-defence", "what anyone else would do with it"],
        ["masque submit runs/my-attack --against entries/my-defence --author me", "lowers what it breaks, for good"],
      ),
    );

  command(
    "verify <entry>",
    "Check a leaderboard entry: recompute it, execute it again, repeat a sample of its trainings",
    () => import("./verify.ts"),
  )
    .option(
      "--retrain <n>",
      "trainings to repeat: a number, all, or one of each attack and defence that learned",
      "each",
    )
    .option("--quick", "only recompute aggregates from the raw episodes; executes nothing")
    .option("--nonce <text>", "with the entry's id, draws which trainings are repeated (default: a random one)")
    .option("-j, --jobs <n>", "cells computed at once (default: one a core)")
    .option("--record <name>", "add what was found to the entry, under this name")
    .option("--quiet", "no progress, no notes")
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      "\nExit codes: 0 verified, 2 no valid entry (damaged or malformed), 3 valid but not true: every mismatch is listed.\n" +
        examples(
          ["masque verify entries/my-defence", "all evaluations, one training of each kind"],
          ["masque verify entries/my-defence --retrain all", "everything again"],
          ["masque verify entries/my-defence --record 'A. Reader'", "and say so in the entry"],
        ),
    );

  command(
    "leaderboard <action> [entries]",
    "Build a site from a folder of entries, or print the JSON Schema of an entry",
    () => import("./leaderboard.ts"),
  )
    .option("--out <dir>", "folder of the site", "site")
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque leaderboard build entries --out site", "site/index.html: works from disk, needs no server"],
        ["masque leaderboard schema > entry.schema.json", "what an entry is, for tools"],
      ),
    );
}

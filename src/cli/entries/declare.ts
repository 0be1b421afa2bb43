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
      "--against <entries>",
      "WHAT is a saved policy, or a folder of one a role: plays it against all ranked entries of that board",
    )
    .option("--key <file>", "with --against: a keeper's key, which accepts the attack where it lowers an entry")
    .option("--quiet", "no progress, no notes")
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque submit runs/quickstart --name my-defence", "entries/my-defence/: entry.json, raw episodes, policies"],
        ["masque verify entries/my-defence", "what anyone else would do with it"],
        ["masque submit runs/my-attack --against entries --author me", "what it would lower, on fresh seeds"],
      ),
    );

  command(
    "verify <entry>",
    "Check a leaderboard entry or a recorded game: recompute it, execute it again, and play an entry's track on a seed of your own",
    () => import("./verify.ts"),
  )
    .option(
      "--retrain <n>",
      "trainings to repeat: a number, all, or one of each attack and defence that learned",
      "each",
    )
    .option("--quick", "only recompute aggregates from the raw episodes; executes nothing")
    .option("--no-track", "only the author's own figures: do not play the track")
    .option("--nonce <text>", "with the entry's id, makes the track's seed and draws trainings (default: a random one)")
    .option("-j, --jobs <n>", "cells computed at once (default: one a core)")
    .option("--key <file>", "a keeper's key: signs what was found, beside the entry; only that ranks it")
    .option(
      "--run-code",
      "execute files of the author's own, which lie in --plugins: read them first; confined where Node.js can",
    )
    .option(
      "--backend <file>",
      "of a recorded game: a module of yours that brings its model, which then plays it again",
    )
    .option("--model <name>", "with --backend: the model, as that module takes it (default: as the tape calls it)")
    .option("--quiet", "no progress, no notes")
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      "\nExit codes: 0 verified, 2 no valid entry (damaged or malformed), 3 valid but not true: every mismatch is listed.\n" +
        examples(
          ["masque verify entries/my-defence", "all evaluations, one training of each kind"],
          ["masque verify entries/my-defence --retrain all", "everything again"],
          ["masque verify entries/my-defence --key keeper.pem", "and sign it: the entry is ranked by it"],
          ["masque verify runs/llm-covert-wire-alice", "a game that masque llm recorded"],
        ),
    );

  command(
    "leaderboard <action> [entries]",
    "Keep a board: build its site, verify its entries, name keepers, restate, withdraw",
    () => import("./leaderboard.ts"),
  )
    .option("--out <dir>", "build: folder of the site", "site")
    .option("--key <file>", "keeper, verify, restate, retract: the file of a keeper's private key")
    .option("--name <name>", "keeper: what the keeper is called")
    .option("--reason <text>", "retract: why")
    .option("--all", "verify: also what was verified already")
    .option(
      "--run-code",
      "verify: execute files of authors' own, which lie in --plugins: read them first; confined where Node.js can",
    )
    .option("-j, --jobs <n>", "verify: cells computed at once (default: one a core)")
    .option("--quiet", "no progress, no notes")
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque leaderboard build entries --out site", "site/index.html: works from disk, needs no server"],
        [
          "masque leaderboard keeper entries --key keeper.pem --name 'A. Keeper'",
          "makes a key, names it in entries/keepers.json",
        ],
        ["masque leaderboard verify entries --key keeper.pem", "all that no keeper has verified, or not lately"],
        [
          "masque leaderboard restate entries --key keeper.pem",
          "after a statistic was mended: reckons verified entries anew from their episodes, plays nothing",
        ],
        ["masque leaderboard retract entries/my-defence --key keeper.pem --reason '…'", "withdraws an entry, for good"],
      ),
    );
}

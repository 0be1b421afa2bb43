import { Option } from "commander";
import { type Declaring, examples } from "../declaring.ts";

/** Collects an option that may be repeated. */
const several = (value: string, before: string[] = []) => [...before, value];

/** The commands around environments: playing them, training in them, serving them to other programs. */
export function declarePlayCommands({ command, json, plugins }: Declaring): void {
  command(
    "eval <environment> [params...]",
    "Play an environment under chosen policies and print its metrics",
    () => import("./eval.ts"),
  )
    .option("--attack <name>", "a scripted attack, random, none, or all of these; NAME:DIAL=VALUE sets dials", "none")
    .option("--defence <name>", "a scripted defence, default or random", "default")
    .option(
      "--policy <path>",
      "saved policies of any roles, in the place of their scripts: one, or a folder of one a role; may be repeated",
      several,
    )
    .option("--episodes <n>", "episodes to play", "256")
    .option("--seed <n>", "root of all randomness", "1")
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque eval covert-wire-v0 --attack all", "every scripted attack at the defaults"],
        ["masque eval covert-wire-v0 falseAlarm=0.3 slots=8 --attack random", "at other parameters"],
        ["masque eval swarm-flood-v0 --attack hug-pulse:period=3,reach=0.9", "a script at a setting of its dials"],
        ["masque eval covert-wire-v0 --policy runs/my-attack", "what masque train has made"],
        ["masque eval swarm-flood-v0 --policy runs/my-gateway --attack all", "a trained defence against all scripts"],
      ),
    );

  command(
    "replay <what> [params...]",
    "Write one episode as a page (a player for any browser), a picture or a film: of an environment, a run, an entry, or a recorded game",
    () => import("../watching/replay.ts"),
  )
    .option(
      "--attack <name>",
      "an attack (default: the script that the reference entry found worst; of a run the point's worst)",
    )
    .option("--defence <name>", "a scripted defence, default or random")
    .option("--policy <path>", "saved policies of any roles, in the place of their scripts; may be repeated", several)
    .option("--point <letter>", "of a run or an entry: the point, as its tables call it (default: a)")
    .option("--run <n>", "which of the runs that a benchmark plays, from 0 (default: 0; of a named episode any)")
    .option("--episode <n>", "which of the episodes, from 0; of a run also typical (the default) or worst")
    .option("--arm <name>", "of a recorded game: attacked (the default) or clean")
    .option("--episodes <n>", "how many its metrics are measured on (default: as its track or run does)")
    .option("--seed <n>", "root of all randomness (default: 1)")
    .option("--png", "one step as a picture instead (needs the optional @resvg/resvg-js)")
    .option("--step <n>", "with --png: which step, from 0 (default: the last)")
    .option("--gif", "the episode as a GIF instead (needs ffmpeg as well)")
    .option("--mp4", "the episode as a film instead (needs ffmpeg as well)")
    .option("--rate <n>", "with --gif and --mp4: steps a second", "6")
    .option("--out <file>", "the file; its ending says what is made of it (default: runs/replay.html)")
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque replay covert-wire-v0 falseAlarm=0.3 --attack typical --episode 3", "runs/replay.html"],
        ["masque replay swarm-flood-v0 --policy runs/my-bots --out bots.html", "what masque train has made"],
        [
          "masque replay runs/quickstart --point c --attack code-1-2 --run 1 --episode 7",
          "by a run's own policies and seeds",
        ],
        [
          "masque replay entries/my-defence --point b --episode worst",
          "an entry's worst episode under its worst attack",
        ],
        ["masque replay runs/play-stealth-takeover-warden.json --episode 2 --arm clean", "what a person did"],
        ["masque replay jailbreak-cascade-v2 --png --step 12 --out cascade.png", "one step, for a slide"],
        ["masque replay rumour-mill-v0 --out mill.mp4", "the whole episode, for a talk"],
      ),
    );

  command(
    "playground [environments...]",
    "Write a page to play with: dials, attacks and defences, computed in the browser",
    () => import("../watching/playground.ts"),
  )
    .option("--out <file>", "the page", "runs/playground.html")
    .option("--role <name>", "say the address that leads straight to playing this role of the one environment")
    .addOption(new Option("--pack <dir>", "bundle what the package takes along").hideHelp())
    .addOption(plugins())
    .addHelpText(
      "after",
      `\nOne file that asks for nothing: put it on any web server, or open it from disk. A state is shared by its address.\n${examples(
        ["masque playground", "runs/playground.html, with all environments"],
        ["masque playground low-and-slow-v0 --out slow.html", "a smaller page, of one"],
        ["masque playground stealth-takeover-v0 --role warden", "a page, and the address where its warden is played"],
        ["masque playground my-game-v0 --plugins .", "with an environment of your own (needs esbuild)"],
      )}`,
    );

  command(
    "train <environment> [params...]",
    "Train policies for roles of an environment, the others playing their scripts",
    () => import("./train.ts"),
  )
    .requiredOption("--baseline <id>", "how to learn (see masque list baselines)")
    .option("--role <name>", "a role that learns; may be repeated (default: all attackers)", several)
    .option("--budget <n>", "environment steps", "200000")
    .option("--seed <n>", "root of all randomness", "1")
    .option("--set <setting=value>", "a setting of the baseline; may be repeated", several)
    .option("--backend <name>", "of TensorFlow.js: wasm, node or cpu", "wasm")
    .option("--out <dir>", "folder for the policies (default: runs/train-ENVIRONMENT-BASELINE)")
    .option("--from <policy>", "start from stored policies of the roles that learn, where they have the same shape")
    .option("--resume", "go on from the last checkpoint in that folder: ends as if it had never stopped")
    .option("--checkpoint-every <n>", "iterations between checkpoints, where the baseline has them", "20")
    .option("--tensorboard <dir>", "write the curve as TensorBoard event files as well")
    .option("--quiet", "no progress, no notes")
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque train covert-wire-v0 slots=8 bits=2 --baseline mappo", "alice and bob learn together"],
        ["masque train covert-wire-v0 --baseline cem --set population=80 --out runs/mine", "with a setting changed"],
        [
          "masque train covert-wire-v0 falseAlarm=0.2 --baseline mappo --from runs/mine",
          "goes on from what was learned elsewhere",
        ],
      ),
    );

  command(
    "tune <side> <environment> <script> [params...]",
    "Search the dials of a scripted attack by CMA-ES, against the defence that it is to meet",
    () => import("./tune.ts"),
  )
    .option("--against <defence>", "a scripted defence, or the folder of a trained one", "default")
    .option("--budget <n>", "environment steps of the search", "1000000")
    .option("--lambda <n>", "it lowers security + λ · utility under attack", "0")
    .option("--security <metric>", "the metric that it lowers (default: the environment's first of security)")
    .option("--utility <metric>", "the metric beside it (default: the environment's first of utility)")
    .option(
      "--set <setting=value>",
      "a setting of the search (see masque show script-search); may be repeated",
      several,
    )
    .option("--episodes <n>", "fresh episodes on which both settings are scored", "512")
    .option("--seed <n>", "root of all randomness", "1")
    .option("--out <dir>", "folder for what is found (default: runs/tune-ENVIRONMENT-SCRIPT)")
    .option("--quiet", "no progress")
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      `\nThe side is attack. Which scripts have dials, and which: masque show ENVIRONMENT.\n${examples(
        ["masque tune attack swarm-flood-v0 hug-pulse --budget 200000", "against the default gateways"],
        ["masque tune attack swarm-flood-v0 hug-pulse tolerance=3.2 --against crackdown", "at other parameters"],
        ["masque eval swarm-flood-v0 --policy runs/tune-swarm-flood-hug-pulse", "what was found, on more episodes"],
      )}`,
    );

  command(
    "psro <environment> [params...]",
    "Let attackers and defenders answer each other's populations: double oracle and policy-space response oracles",
    () => import("./psro.ts"),
  )
    .option(
      "--attacker <oracle>",
      "who answers defenders: scripts, a baseline that learns, or both: scripts,cem",
      "scripts",
    )
    .option("--defender <oracle>", "who answers attackers: the same", "scripts")
    .option("--attacker-set <setting=value>", "a setting of the attackers' baseline; may be repeated", several)
    .option("--defender-set <setting=value>", "a setting of the defenders' baseline; may be repeated", several)
    .option("--meta <name>", "what both sides play by the table: nash, regret, rectified or uniform", "nash")
    .option("--lambda <n>", "defenders want utility + λ · security, attackers the contrary", "1")
    .option("--utility <metric>", "the metric of utility (default: the environment's first)")
    .option("--security <metric>", "the metric of security (default: the environment's first)")
    .option("--oracle-budget <n>", "environment steps of an answer that is learned", "200000")
    .option(
      "--budget <n>",
      "environment steps in all, evaluations included: no round begins whose trainings would go beyond",
      "10000000",
    )
    .option("--rounds <n>", "rounds at most", "12")
    .option("--episodes <n>", "episodes of every pair in the table", "256")
    .option("--seed <n>", "root of all randomness", "1")
    .option("--backend <name>", "of TensorFlow.js: wasm, node or cpu", "wasm")
    .option("--out <dir>", "folder for both populations (default: runs/psro-ENVIRONMENT)")
    .option("--resume", "go on in that folder: ends as if it had never stopped")
    .option("--quiet", "no progress, no rounds")
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      `\nIt stops when no answer gains more than chance explains, and says how much the best answers gain: exploitability.\n${examples(
        ["masque psro swarm-flood-v0", "among scripts: the double oracle, in seconds"],
        ["masque psro swarm-flood-v0 --defender scripts,cem", "defenders learn too; the best answer is taken"],
        ["masque psro covert-wire-v0 --lambda 2 --meta regret", "security is worth twice as much"],
        ["masque eval swarm-flood-v0 --policy runs/psro-swarm-flood/defender --attack all", "what was made of it"],
      )}`,
    );

  command(
    "llm <environment> [params...]",
    "Let language models play roles, and record what they do",
    () => import("./llm.ts"),
  )
    .requiredOption("--play <role=model>", "a role, and the model that plays it; may be repeated", several)
    .option("--url <address>", "of a server with OpenAI's chat API (default: OPENAI_BASE_URL)")
    .option("--key-env <name>", "environment variable that holds the server's key", "OPENAI_API_KEY")
    .option("--backend <file>", "in the place of a server: a module of yours that brings a model")
    .option(
      "--attack <name>",
      "script of attackers who are not played (default: the worst, or none beside played ones)",
    )
    .option("--defence <name>", "script of everyone else who is not played", "default")
    .option("--episodes <n>", "episodes to play", "8")
    .option("--seed <n>", "root of all randomness", "1")
    .option("--at-defaults", "play at the environment's defaults, however long, and not at its small text set")
    .option("--history <n>", "steps that an agent is reminded of", "4")
    .option("--temperature <t>", "0 takes the likeliest word", "0")
    .option("--max-tokens <n>", "tokens of an answer, at most", "200")
    .option("--no-schema", "do not ask the server to hold answers to a JSON schema")
    .option("--request <json>", "laid over the body of every request; null leaves a key out", "{}")
    .option("--at-once <n>", "calls under way at once, at most", "4")
    .option("--price <in,out>", "of a million tokens of prompts, and of answers, in any currency")
    .option("--dry-run", "say how many calls and tokens, at what price, and ask nothing")
    .option("--out <dir>", "folder of the game (default: runs/llm-ENVIRONMENT-ROLES)")
    .option("--resume", "go on with the game in that folder: asks again for nothing that was answered")
    .option("--author <name>", "who recorded it; may be repeated", several)
    .option("--quiet", "no progress, no notes")
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque llm stealth-takeover-v0 --play warden=my-model --dry-run --price 0.15,0.6", "what it would take"],
        [
          "masque llm stealth-takeover-v0 --play warden=my-model --url http://localhost:8080/v1",
          "against the worst script",
        ],
        ["masque llm covert-wire-v0 --play alice=a --play bob=b --episodes 32", "two models, one role each"],
        ["masque verify runs/llm-stealth-takeover-warden", "plays the tape again, without the model"],
      ),
    );

  command(
    "play <environment> [params...]",
    "Play a role yourself, here in the terminal, and record what you do",
    () => import("../people/play.ts"),
  )
    .requiredOption("--role <name>", "the role that you play (see masque show ENVIRONMENT)")
    .option("--attack <name>", "script of attackers whom you do not play (default: the worst)")
    .option("--defence <name>", "script of everyone else whom you do not play", "default")
    .option("--episodes <n>", "episodes to play; where somebody may attack, each in both arms (default: 4)")
    .option("--seed <n>", "root of all randomness: give every person of a study another", "1")
    .option("--label <word>", "what a study calls you, as in p07; never a name")
    .option("--at-defaults", "play at the environment's defaults, however long, and not at its small text set")
    .option("--out <file>", "the record (default: runs/play-ENVIRONMENT-ROLE.json)")
    .option("--page <file>", "write the page on which the role is played in a browser, and say its address")
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      `\nYou see what the role sees, in the words that language models are asked in, and nothing else.\n${examples(
        [
          "masque play stealth-takeover-v0 --role warden",
          "against the worst script, and against nobody, you are not told when",
        ],
        ["masque play covert-wire-v0 --role bob --attack plain --label p07 --seed 7", "one person of a study"],
        ["masque play stealth-takeover-v0 --role warden --page runs/play.html", "the same in a browser"],
        ["yes wait | masque play stealth-takeover-v0 --role intruder --episodes 1", "lines of a pipe are typed, too"],
        ["masque verify runs/play-stealth-takeover-warden.json", "plays the record again"],
        ["masque replay runs/play-stealth-takeover-warden.json", "a page of what happened"],
      )}`,
    );

  command(
    "people <files...>",
    "Sum up recorded games of people, or of language models, beside the scripts of their side",
    () => import("../people/people.ts"),
  )
    .addOption(json())
    .addOption(plugins())
    .addHelpText(
      "after",
      `\nEvery game is played again first, and refused where it is not true. Files of one label are one person's; a file\nwithout a label is somebody else each time. masque frontier RUN --recorded FILES draws them on a frontier.\n${examples(
        ["masque people study/*.json", "intervals over people, and each by himself"],
        ["masque people study/*.json runs/llm-stealth-takeover-warden", "beside a language model's game"],
      )}`,
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
        ["masque serve --unix masque.sock --plugins .", "with environments of your own"],
      )}`,
    );
}

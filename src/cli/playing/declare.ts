import { Option } from "commander";
import { type Declaring, examples } from "../declaring.ts";

/** The commands around environments: playing them, training in them, serving them to other programs. */
export function declarePlayCommands({ command, json, plugins }: Declaring): void {
  command(
    "eval <environment> [params...]",
    "Play an environment under chosen policies and print its metrics",
    () => import("./eval.ts"),
  )
    .option("--attack <name>", "a scripted attack, random, none, or all of these", "none")
    .option("--defence <name>", "a scripted defence, default or random", "default")
    .option(
      "--policy <path>",
      "saved policies of any roles, in the place of their scripts: one, or a folder of one a role; may be repeated",
      (value: string, before: string[] = []) => [...before, value],
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
        ["masque eval covert-wire-v0 --policy runs/my-attack", "what masque train has made"],
        ["masque eval swarm-flood-v0 --policy runs/my-gateway --attack all", "a trained defence against all scripts"],
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
    .option("--tensorboard <dir>", "write the curve as TensorBoard event files as well")
    .option("--quiet", "no progress, no notes")
    .addOption(plugins())
    .addHelpText(
      "after",
      examples(
        ["masque train covert-wire-v0 slots=8 bits=2 --baseline mappo", "alice and bob learn together"],
        ["masque train covert-wire-v0 --baseline cem --set population=80 --out runs/mine", "with a setting changed"],
      ),
    );

  const several = (value: string, before: string[] = []) => [...before, value];
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

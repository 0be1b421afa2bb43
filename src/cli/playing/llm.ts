import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { pretty, sha256 } from "../../data/canonical.ts";
import { InputError, unknownName } from "../../data/errors.ts";
import { readLimited } from "../../data/files.ts";
import { parseJson } from "../../data/json.ts";
import { type Backend, openBackend } from "../../llm/backend.ts";
import { chatApi } from "../../llm/chat-api.ts";
import { faceOf } from "../../llm/face.ts";
import { forecast } from "../../llm/forecast.ts";
import { checkGame, type Game, openGame } from "../../llm/game.ts";
import { waysOf } from "../../llm/results.ts";
import { CALLS_FILE, runGame } from "../../llm/run.ts";
import { writeTape } from "../../llm/tape-file.ts";
import { DONE, INTERRUPTED, type Io } from "../io.ts";
import { showProgress } from "../progress.ts";
import { wholeNumber } from "../runs/open.ts";
import { type Chosen, chooseSmall } from "./choose.ts";
import { compareModels, forecastText, type Price, reportText, worstScript } from "./llm-report.ts";

export interface LlmOptions {
  readonly play: string[];
  readonly url?: string;
  readonly keyEnv: string;
  readonly backend?: string;
  readonly attack?: string;
  readonly defence: string;
  readonly episodes: string;
  readonly seed: string;
  readonly history: string;
  readonly temperature: string;
  readonly maxTokens: string;
  readonly schema: boolean;
  readonly request: string;
  readonly atOnce: string;
  readonly price?: string;
  readonly author?: string[];
  readonly out?: string;
  readonly atDefaults?: boolean;
  readonly dryRun?: boolean;
  readonly resume?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly plugins?: string[];
}

/** Milliseconds of waiting for a server that nobody should take for a hang. */
const LONG = 10_000;

/** masque llm */
export async function run(io: Io, [id, ...settings]: readonly string[], options: LlmOptions): Promise<number> {
  const chosen = await chooseSmall(id, settings, options);
  const price = readPrice(options.price);
  let note = (text: string): void => void (options.quiet || io.err(text));
  const { backend, described } = await readBackend(options, (why, wait) => {
    if (wait >= LONG) note(`The server: ${why}. It is asked again in ${Math.round(wait / 1000)} s.\n`);
  });
  try {
    const open = await openGame(await readGame(chosen, options, backend, described), chosen.plugin);
    const expected = await forecast(open);
    if (options.dryRun) {
      io.out(options.json ? pretty({ game: open.game, forecast: expected }) : forecastText(expected, price));
      return DONE;
    }
    note(forecastText(expected, price));
    const folder = options.out ?? join("runs", `llm-${chosen.plugin.name}-${Object.keys(open.game.players).join("-")}`);
    const interrupt = new AbortController();
    const undo = io.onInterrupt(() => interrupt.abort());
    const progress = await showProgress(io, options.quiet === true, "episodes");
    note = progress.note;
    try {
      const result = await runGame(open, backend, folder, {
        atOnce: wholeNumber("--at-once", options.atOnce, 1, 1024),
        resume: options.resume === true,
        signal: interrupt.signal,
        onProgress: (done, of) => progress.update({ cells: done, ofCells: of, done: done / of, running: [] }),
      });
      progress.stop();
      const tape = writeTape(open, result.played, folder, options.author ?? []);
      const compared = compareModels(open, result.played);
      const { calls, found } = result;
      if (options.json)
        io.out(pretty({ folder, tape: tape.id, compared, ways: waysOf(result.played), calls: tape.calls }));
      else io.out(reportText(io, open, { folder, compared, ways: waysOf(result.played), tape, price, calls, found }));
      return DONE;
    } catch (error) {
      progress.stop();
      if (!existsSync(join(folder, CALLS_FILE))) throw error;
      io.err(
        `${interrupt.signal.aborted ? "Stopped. " : ""}Every answer so far is in ${folder}: the same command with --resume goes on, and asks for none of them again.\n`,
      );
      if (interrupt.signal.aborted) return INTERRUPTED;
      throw error;
    } finally {
      undo();
    }
  } finally {
    await backend.close?.();
  }
}

async function readGame(
  { plugin, params, roles }: Chosen,
  options: LlmOptions,
  backend: Backend,
  described: Game["backend"],
): Promise<Game> {
  const { env } = plugin;
  const models = Object.entries(readPlayers(options.play));
  for (const [role] of models) {
    if (!Object.hasOwn(roles, role)) throw unknownName(`role of ${env.id}`, role, Object.keys(roles));
  }
  const attacks = models.some(([role]) => roles[role].side === "attacker");
  const temperature = Number(options.temperature);
  if (!(temperature >= 0 && temperature <= 10)) {
    throw new InputError(`--temperature: got "${options.temperature}", expected a number from 0 to 10.`);
  }
  const seed = wholeNumber("--seed", options.seed, 0);
  return checkGame({
    environment: { id: env.id, digest: plugin.digest },
    params: { ...params },
    seed,
    // Those of `masque eval`: scores can be laid beside its own.
    split: ["test", 0],
    episodes: wholeNumber("--episodes", options.episodes, 1, 10_000),
    attack: options.attack ?? (attacks ? "none" : await worstScript(plugin, params, options.defence)),
    defence: options.defence,
    players: Object.fromEntries(
      models.map(([role, model]) => [
        role,
        { model, weights: backend.weights ?? null, face: faceOf(env, params, role).digest },
      ]),
    ),
    history: wholeNumber("--history", options.history, 0, 64),
    backend: described,
    decoding: { temperature, maxTokens: wholeNumber("--max-tokens", options.maxTokens, 1, 1 << 20) },
  });
}

function readPlayers(given: readonly string[]): Record<string, string> {
  const players: Record<string, string> = {};
  for (const one of given) {
    const at = one.indexOf("=");
    if (at < 1 || at === one.length - 1) {
      throw new InputError(`--play: got "${one}", expected ROLE=MODEL, as in warden=my-model.`);
    }
    players[one.slice(0, at)] = one.slice(at + 1);
  }
  return players;
}

/** The server that was named, or the module; Masque calls none by itself. */
async function readBackend(
  options: LlmOptions,
  onResend: (why: string, wait: number) => void,
): Promise<{ backend: Backend; described: Game["backend"] }> {
  const request = parseJson(options.request, "--request") as Record<string, unknown>;
  if (typeof request !== "object" || request === null || Array.isArray(request)) {
    throw new InputError(`--request: got "${options.request}", expected a JSON object, as in '{"top_p": 0.9}'.`);
  }
  const { schema } = options;
  if (options.backend !== undefined) {
    const models = [...new Set(Object.values(readPlayers(options.play)))];
    if (models.length > 1)
      throw new InputError(`--backend opens one model, got ${models.join(", ")}. Play one role at a time.`);
    const digest = sha256(readLimited(options.backend, 1 << 24)).slice(0, 12);
    const described = { name: `${basename(options.backend)} ${digest}`, server: null, schema, request };
    return { backend: await openBackend(options.backend, models[0]), described };
  }
  const url = options.url ?? process.env.OPENAI_BASE_URL;
  // A dry run asks nothing.
  if (!url && options.dryRun) {
    const backend: Backend = { complete: () => Promise.reject(new Error("a dry run asks nothing")) };
    return { backend, described: { name: "chat-api", server: null, schema, request } };
  }
  if (!url) {
    throw new InputError(
      "Which server? Give --url (http://localhost:8080/v1, https://api.openai.com/v1), set OPENAI_BASE_URL, or bring a --backend. Masque calls no server that you did not name.",
    );
  }
  const backend = chatApi({ url, key: process.env[options.keyEnv], schema, request, onResend });
  return { backend, described: { name: "chat-api", server: new URL(url).origin, schema, request } };
}

function readPrice(given: string | undefined): Price {
  if (given === undefined) return undefined;
  const [prompt, completion, ...more] = given.split(",").map(Number);
  if (more.length === 0 && prompt >= 0 && completion >= 0) return [prompt, completion];
  throw new InputError(
    `--price: got "${given}", expected two numbers, as in 0.15,0.6: a million tokens of prompts, of answers.`,
  );
}

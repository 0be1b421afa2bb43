/** What a parameter may be on a page; others keep their defaults. */
export type Value = number | string | boolean;

/** What is looked at: one setting of one environment, one attack against one defence, one episode, one step. */
export interface Choice {
  /** Id with its version. */
  readonly environment: string;
  /** Parameters that are not left at the environment's defaults. */
  readonly params: Readonly<Record<string, Value>>;
  readonly attack: string;
  readonly defence: string;
  /** Root of all randomness, as in `masque eval --seed`. */
  readonly seed: number;
  /** Which run's episodes: those of `masque eval` are run 0's. */
  readonly run: number;
  /** How many episodes the metrics are measured on: those that `masque eval` plays. */
  readonly episodes: number;
  /** Which of them is watched, from 0, and after how many of its steps. */
  readonly episode: number;
  readonly step: number;
}

/** A parameter as a control of a page. */
export interface Field {
  readonly name: string;
  readonly kind: "number" | "whole" | "choice" | "flag";
  /** Range, where it is bounded. */
  readonly low?: number;
  readonly high?: number;
  readonly choices?: readonly string[];
  readonly initial: Value;
  readonly says: string;
}

/** What a page's trained policies are called among attacks and defences. */
export const SAVED = "saved";
/** The split's labels of a choice's episodes: run 0 are those of `masque eval`, the others those that benchmarks play besides. */
export const splitOf = ({ run }: Pick<Choice, "run">) => ["test", run] as const;
const MOST_EPISODES = 4096;
const WHOLE = ["seed", "run", "episodes", "episode", "step"] as const;

/**
 * An address's fragment: `#covert-wire-v0?p.falseAlarm=0.3&attack=loud`. What equals `start` is left out. With a role it leads
 * to where that is taken, instead of to watching.
 */
export function writeFragment(choice: Choice, start: Choice, role?: string): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(choice.params))
    if (value !== start.params[name]) query.set(`p.${name}`, String(value));
  for (const name of ["attack", "defence", ...WHOLE] as const)
    if (choice[name] !== start[name]) query.set(name, String(choice[name]));
  if (role !== undefined) query.set("role", role);
  const text = query.toString();
  return `#${choice.environment}${text === "" ? "" : `?${text}`}`;
}

/**
 * Reads a fragment over `start`. Anybody may have written it: what is no such value is left as it was, and said.
 * @returns the choice, the role that is to be taken, if any, and what of the fragment could not be used, a sentence each
 */
export function readFragment(
  fragment: string,
  start: Choice,
  fields: readonly Field[],
  known: Readonly<Record<"attacks" | "defences" | "roles", readonly string[]>>,
): { choice: Choice; role?: string; problems: string[] } {
  let role: string | undefined;
  const problems: string[] = [];
  const query = new URLSearchParams(fragment.slice(0, 4096).replace(/^[^?]*\??/, ""));
  const params: Record<string, Value> = { ...start.params };
  const choice: { -readonly [K in keyof Choice]: Choice[K] } = { ...start, params };
  const attempt = (read: () => void) => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.push(error.message);
    }
  };
  for (const [key, text] of query) {
    const field = fields.find(({ name }) => key === `p.${name}`);
    if (field) attempt(() => (params[field.name] = readValue(field, text)));
    else if (key === "attack") attempt(() => (choice.attack = oneOf("attack", text, known.attacks)));
    else if (key === "defence") attempt(() => (choice.defence = oneOf("defence", text, known.defences)));
    else if (key === "role") attempt(() => (role = oneOf("role", text, known.roles)));
    else if (WHOLE.includes(key as (typeof WHOLE)[number]))
      attempt(() => (choice[key as (typeof WHOLE)[number]] = readWhole(key, text)));
    else problems.push(`The address says "${clip(key)}", which nothing here is called.`);
  }
  return { choice, role, problems };
}

/** A parameter from text. @throws RangeError saying what was expected */
export function readValue({ name, kind, low, high, choices }: Field, text: string): Value {
  if (kind === "flag") return oneOf(name, text, ["true", "false"]) === "true";
  if (kind === "choice") return oneOf(name, text, choices ?? []);
  const value = text.trim() === "" ? Number.NaN : Number(text);
  const isGood =
    !Number.isNaN(value) &&
    (kind !== "whole" || Number.isInteger(value) || Math.abs(value) === Number.POSITIVE_INFINITY) &&
    value >= (low ?? Number.NEGATIVE_INFINITY) &&
    value <= (high ?? Number.POSITIVE_INFINITY);
  if (isGood) return value;
  const range = low !== undefined || high !== undefined ? ` from ${low ?? "−∞"} to ${high ?? "∞"}` : "";
  throw new RangeError(`${name}: got "${clip(text)}", expected a ${kind === "whole" ? "whole " : ""}number${range}.`);
}

function oneOf(what: string, text: string, names: readonly string[]): string {
  if (names.includes(text)) return text;
  throw new RangeError(`${what}: got "${clip(text)}", expected one of ${names.join(", ")}.`);
}

function readWhole(what: string, text: string): number {
  const least = what === "episodes" ? 1 : 0;
  const most = what === "episodes" ? MOST_EPISODES : what === "seed" ? Number.MAX_SAFE_INTEGER : 1e6;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new RangeError(`${what}: got "${clip(text)}", expected a whole number from ${least} to ${most}.`);
}

const clip = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** Saved policies that may play, as a command names them. */
export interface Brought {
  readonly files: readonly string[];
  /** The command that seats them, where it is not `--policy` with these files: all but the episode. */
  readonly command?: string;
  readonly attacks: boolean;
  readonly defends: boolean;
}

/** What prints the same metrics, to the bit, and what writes a page of this episode alone; undefined where no command does. */
export interface Commands {
  readonly eval?: string;
  readonly replay?: string;
}

/**
 * The commands of a choice. `defaults` are the environment's own parameters; `clean` asks for the clean arm's metrics as
 * well. No command seats saved policies of one side only where they were given for two, and `masque eval` plays no
 * episodes but run 0's.
 */
export function commandsOf(
  choice: Choice,
  defaults: Readonly<Record<string, Value>>,
  { brought = null, clean = false }: { readonly brought?: Brought | null; readonly clean?: boolean } = {},
): Commands {
  const { environment, params, attack, defence, episodes, episode, seed, run } = choice;
  const [attacks, defends] = [attack === SAVED, defence === SAVED];
  if ((attacks || defends) && (attacks !== brought?.attacks || defends !== brought?.defends)) return {};
  if ((attacks || defends) && brought?.command !== undefined)
    return { replay: `${brought.command} --episode ${episode}` };
  const changed = Object.entries(params).filter(([name, value]) => value !== defaults[name]);
  const words = (attack: string) => [
    environment,
    // YAML's spelling of infinity, which is what the command line reads.
    ...changed.map(([name, value]) => `${name}=${String(value).replace("Infinity", ".inf")}`),
    ...(attacks ? [] : [`--attack ${attack}`]),
    ...(defends || defence === "default" ? [] : [`--defence ${defence}`]),
    ...(attacks || defends ? (brought?.files ?? []).map((file) => `--policy ${file}`) : []),
    ...(seed === 1 ? [] : [`--seed ${seed}`]),
  ];
  const both = clean && !attacks && attack !== "none" ? `none,${attack}` : attack;
  const ofRun = run === 0 ? [] : [`--run ${run}`];
  return {
    ...(run === 0 && {
      eval: ["masque eval", ...words(both), ...(episodes === 256 ? [] : [`--episodes ${episodes}`])].join(" "),
    }),
    replay: ["masque replay", ...words(attack), ...ofRun, `--episode ${episode}`].join(" "),
  };
}

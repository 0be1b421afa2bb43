import { InputError } from "../data/errors.ts";
import { observationMeaning } from "../spaces/index.ts";
import type { RoleBuffers } from "./buffers.ts";

interface Played {
  readonly environment: string;
  readonly roles: Readonly<Record<string, RoleBuffers>>;
  readonly episode: ArrayLike<number>;
  readonly elapsed: ArrayLike<number>;
}

/**
 * Holds what an environment wrote in the last step to finite numbers: a NaN spreads quietly through every mean.
 * @throws InputError that names environment, agent, part and step
 */
export function checkFinite(world: Played): void {
  for (const role of Object.values(world.roles)) {
    // One sum finds whether anything is wrong; only then is it looked for.
    let sum = 0;
    for (let i = 0; i < role.rewards.length; i++) sum += role.rewards[i] * 0;
    for (let i = 0; i < role.obs.length; i++) sum += role.obs[i] * 0;
    if (sum !== 0) throw explain(world, role);
  }
}

function explain(world: Played, role: RoleBuffers): InputError {
  const { rewards, obs, obsSize, count, agents } = role;
  const bad = (value: number) => !Number.isFinite(value);
  for (let row = 0; row < rewards.length; row++) {
    const copy = Math.floor(row / count);
    const when = `after step ${world.elapsed[copy]} of episode ${world.episode[copy]}`;
    const who = agents[row % count];
    if (bad(rewards[row])) {
      return new InputError(
        `${world.environment}: the reward of ${who} is ${rewards[row]} ${when}; expected a finite number.`,
      );
    }
    for (let i = 0; i < obsSize; i++) {
      const value = obs[row * obsSize + i];
      if (!bad(value)) continue;
      const part = observationMeaning(role.spec.observation).findLast(({ from }) => from <= i)!;
      const place = part.size > 1 ? `${part.name}[${i - part.from}]` : part.name;
      return new InputError(
        `${world.environment}: ${who} sees ${value} as ${place} ${when}; expected a finite number.`,
      );
    }
  }
  return new InputError(`${world.environment}: a reward or an observation of ${role.name} is not finite.`);
}

/** The first line of a stack that is not Masque's own: where in an environment, or in a policy, something went wrong. */
export function placeIn(error: unknown): string {
  const lines = String((error as Error | undefined)?.stack ?? "")
    .split("\n")
    .slice(1);
  const found = lines
    .map((line) => /\(?((?:file:\/\/)?\/[^()]+|[A-Za-z]:[^()]+):(\d+):(\d+)\)?$/.exec(line.trim()))
    .find(
      (match) => match && !/[\\/](src|dist[\\/]src)[\\/](env|play|run|learn|policy|testing)[\\/]|^node:/.test(match[1]),
    );
  return found ? `${found[1].replace(/^file:\/\//, "").replace(/\?.*$/, "")}:${found[2]}` : "";
}

/**
 * What an environment's own code threw, with its name and where: "toy-v0: step() failed in step 3: Cannot add property hitz".
 * Errors in Masque's words pass as they are.
 */
export function crash(environment: string, what: string, error: unknown): unknown {
  if (!(error instanceof Error) || error.name === "InputError" || error.name === "StorageError") return error;
  const place = placeIn(error);
  const misspelt = /Cannot add property (\w+), object is not extensible/.exec(error.message);
  const why = misspelt ? `${misspelt[1]} is no counter of it, or no field of what it writes to` : error.message;
  return new InputError(`${environment}: ${what}: ${why}${place === "" ? "" : ` (${place})`}.`);
}

import { parseOverrides } from "../../benchmark/overrides.ts";
import { checkParams } from "../../benchmark/resolve.ts";
import { InputError, unknownName } from "../../data/errors.ts";
import type { Environment } from "../../env/define.ts";
import type { RoleSpec } from "../../env/roles.ts";
import type { EnvironmentPlugin } from "../../library/plugin.ts";
import { openRegistry, type Registry } from "../../library/registry.ts";

export interface Chosen {
  readonly registry: Registry;
  readonly plugin: EnvironmentPlugin;
  readonly params: Readonly<Record<string, unknown>>;
  readonly roles: Readonly<Record<string, RoleSpec>>;
}

/** An environment by id (or by its name without the version) at parameters given as `name=value`. */
export async function chooseEnvironment(
  id: string,
  settings: readonly string[],
  plugins?: readonly string[],
): Promise<Chosen> {
  const registry = openRegistry(plugins);
  const plugin = await findEnvironment(registry, id);
  const params = checkParams(
    plugin.env,
    parseOverrides(settings, `a parameter NAME=VALUE, as in ${example(plugin.env)}`),
    [],
    {
      name: id,
      error: (_, message) =>
        new InputError(
          `${plugin.env.id}: ${message.startsWith("unknown key") ? message.replace("key", "parameter") : `parameter ${message}`}`,
        ),
    },
  );
  return { registry, plugin, params, roles: plugin.env.roles(params) };
}

/** An environment at its text set, small enough for players who decide one by one, with settings laid over it. */
export async function chooseSmall(
  id: string,
  settings: readonly string[],
  options: { readonly atDefaults?: boolean; readonly plugins?: readonly string[] },
): Promise<Chosen> {
  const plugin = await findEnvironment(openRegistry(options.plugins), id);
  const set = options.atDefaults ? undefined : plugin.text();
  const given = Object.keys(parseOverrides(settings, "a parameter NAME=VALUE"));
  const kept = Object.entries(set?.params ?? {}).filter(([name]) => !given.includes(name));
  const filled = kept.map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return chooseEnvironment(id, [...filled, ...settings], options.plugins);
}

function example(env: Environment): string {
  const [knob] = Object.entries(env.knobs);
  // Some have no knobs.
  if (!knob) return `${Object.keys(env.params.shape)[0]}=…`;
  return `${knob[0]}=${knob[1].grid[1]}`;
}

/** By id or by name. @throws InputError naming the nearest. */
export function findEnvironment(registry: Registry, id: string): Promise<EnvironmentPlugin> {
  return /-v\d+$/.test(id) ? registry.environment(id) : registry.environmentNamed(id);
}

const BACKENDS = ["wasm", "node", "cpu"] as const;

/** What TensorFlow.js computes on. @throws InputError naming the nearest */
export function chooseBackend(given: string): (typeof BACKENDS)[number] {
  const found = BACKENDS.find((one) => one === given);
  if (!found) throw unknownName("backend", given, BACKENDS);
  return found;
}

import type { Dial, Setting } from "../policy/dials.ts";
import type { ControllerFor } from "./define.ts";

/**
 * What an environment's `tunable.ts` exports by default: attacks of its `policies.ts` with dials, by name.
 * `export default { "hug-pulse": tunable({ dials: { … }, roles: ({ reach }) => ({ bot: … }) }) } satisfies TunableFor<typeof env>`
 */
export type TunableFor<E> = Readonly<
  Record<
    string,
    {
      readonly dials: Readonly<Record<string, Dial>>;
      /** Policies by role, at a setting of all dials. */
      roles(setting: Setting): ControllerFor<E>["roles"];
    }
  >
>;

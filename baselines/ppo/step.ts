import type { SimdAdam } from "../tf/adam.ts";
import { type Adam, type AdamOptions, createAdam } from "../tf/adam.ts";
import type { Engine } from "../tf/tf.ts";
import { fusedStep } from "./fused.ts";
import { checkModel, checkRollout, type PpoModel, type PpoOptions, type PpoRollout, type PpoStats } from "./model.ts";
import { plainStep } from "./plain.ts";

export type { PolicyHead, PpoModel, PpoOptions, PpoRollout, PpoStats } from "./model.ts";

/** Proximal policy optimisation, the update (Schulman et al. 2017, arXiv:1707.06347, equations 7 and 9). */
export interface Ppo {
  readonly adam: Adam;
  /**
   * One gradient step on the minibatch of `rows` (indices into the rollout; null: all of it).
   * @throws RangeError for arrays of wrong length, a row or action out of range, a forbidden action; Error if the loss or
   * its gradient is not finite. Nothing is changed then.
   */
  update(rollout: PpoRollout, rows: Int32Array | null, options: PpoOptions): PpoStats;
  dispose(): void;
}

export function createPpo(engine: Engine, model: PpoModel, adamOptions: AdamOptions = {}): Ppo {
  const { actor, critic, head } = model;
  const variables = [
    ...actor.variables,
    ...(critic?.variables ?? []),
    ...(head.kind === "gaussian" ? [head.logStd] : []),
  ];
  checkModel(model);
  const adam = createAdam(engine, variables, adamOptions);
  const { step, dispose } = engine.simd
    ? fusedStep(engine.simd, model, adam as SimdAdam)
    : plainStep(engine, model, adam);
  return {
    adam,
    update(rollout, rows, options) {
      const full = { ...defaults, ...options };
      checkRollout(model, rollout, full);
      return step(rollout, rows, full);
    },
    dispose() {
      dispose();
      adam.dispose();
    },
  };
}

const defaults = {
  clip: 0.2,
  valueClip: Number.POSITIVE_INFINITY,
  entropyCoefficient: 0,
  valueCoefficient: 0.5,
  maxGradNorm: 0.5,
  normaliseAdvantages: true,
};

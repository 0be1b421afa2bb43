import { InputError } from "masque";
import { startOf, type TrainTask } from "masque/learn";
import { startNetwork } from "../tf/policy-of.ts";
import type { Learner } from "./learner.ts";

/**
 * Puts a stored policy into a learner's actor, where its task names one; critics are not stored with policies and begin anew.
 * @throws InputError where it does not fit
 */
export function startLearner(task: TrainTask, learner: Learner, meta: Parameters<Learner["policy"]>[0]): void {
  const { engine, role, name, model } = learner;
  if (!task.start?.[role]) return;
  const refuse = (what: string) =>
    new InputError(`${meta.baseline}: cannot start "${role}" from a stored policy ${what}; train from the beginning.`);
  if (name !== role) throw refuse("where every agent learns for itself (shareParameters: false)");
  const from = startOf(task, role, learner.policy(meta))!;
  // Running moments go on from a count, which a policy does not have.
  if (from.tensors.mean) throw refuse("of normalised observations: too little is stored to go on from");
  startNetwork(engine, model.actor, from);
  const head = model.head.kind === "gaussian" ? { logStd: model.head.logStd } : { earlier: model.head.earlier };
  for (const [of, variable] of Object.entries(head)) {
    if (!variable) continue;
    engine.tf.tidy(() => variable.assign(engine.tf.tensor(from.tensors[of].data.slice(), variable.shape, "float32")));
  }
  learner.refresh();
}

import type { Variable } from "@tensorflow/tfjs-core";
import { InputError, type Tensor } from "masque";
import { startOf, type TrainTask } from "masque/learn";
import { importWeights } from "../tf/network.ts";
import { weightsOf } from "../tf/policy-of.ts";
import type { Learner } from "./learner.ts";

/**
 * Puts a stored policy into a learner's actor, where its task names one; critics are not stored with policies and begin anew.
 * @throws InputError where it does not fit
 */
export function startLearner(task: TrainTask, learner: Learner, meta: Parameters<Learner["policy"]>[0]): void {
  const { engine, role, model } = learner;
  const from = startOf(task, role, learner.policy(meta));
  if (!from) return;
  if (from.kind !== "mlp" || from.tensors.mean)
    throw new InputError(
      `${meta.baseline}: got a ${from.kind} policy ${from.tensors.mean ? "of normalised observations " : ""}to start "${role}" ` +
        "from, expected a perceptron of plain observations: of others too little is stored to go on from.",
    );
  importWeights(engine, model.actor, weightsOf(from));
  const put = (variable: Variable, { data }: Tensor) =>
    engine.tf.tidy(() => void variable.assign(engine.tf.tensor(data.slice(), variable.shape, "float32")));
  if (model.head.kind === "gaussian") put(model.head.logStd, from.tensors.logStd);
  else if (model.head.earlier) put(model.head.earlier, from.tensors.earlier);
  learner.refresh();
}

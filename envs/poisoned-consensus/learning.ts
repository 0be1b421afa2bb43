import type { Rng } from "masque";
import type { Game } from "./model.ts";

/** What one round did, whoever aggregates: one server, or every honest node for itself. */
export interface Learning {
  /** Begins an episode. */
  reset(rng: Rng): void;
  /**
   * One round. `pushes[i]`: what Byzantine i adds to the target, NaN for an honest report; `alone[k]`: 1 where defender k
   * learns from its own data only.
   */
  round(pushes: Float64Array, alone: ArrayLike<number>): void;
  /** Squared error a coordinate in the last round: of the model (over honest nodes, in the mean), */
  loss: number;
  /** of who learned from its own data only, */
  lossAlone: number;
  /** and of who took the plain mean of all honest data, the would-be honest attackers' among them. */
  lossFree: number;
  /** Share of the last round's attackers, of the minority and of the other honest that were left out. */
  readonly dropped: { attackers: number; minority: number; majority: number };
  /** By Byzantine: its own score along u over the cut, and whether it was left out (shares over its honest neighbours). */
  readonly signed: Float64Array;
  readonly excluded: Float64Array;
  /** By Byzantine: what its listeners have: cut, error along u, last step's aggregate along u. */
  readonly cut: Float64Array;
  readonly error: Float64Array;
  readonly aggregate: Float64Array;
  /** By defender: cut, root mean square score, size of the last aggregate; all a coordinate. */
  readonly seenCut: Float64Array;
  readonly seenScore: Float64Array;
  readonly seenStep: Float64Array;
}

/** How many defenders there are: the server, or every honest node. */
export const defenders = ({ network, workers, byzantine }: Game): number =>
  network === "server" ? 1 : workers - byzantine;

/** The fields of a learning that are the same for both networks, all zero. */
export function fields(p: Game) {
  const own = () => new Float64Array(p.byzantine);
  const seen = () => new Float64Array(defenders(p));
  return {
    loss: 0,
    lossAlone: 0,
    lossFree: 0,
    dropped: { attackers: 0, minority: 0, majority: 0 },
    signed: own(),
    excluded: own(),
    cut: own(),
    error: own(),
    aggregate: own(),
    seenCut: seen(),
    seenScore: seen(),
    seenStep: seen(),
  };
}

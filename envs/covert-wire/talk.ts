import { type PolicyFactory, perRow } from "../../src/policy/policy.ts";
import type { Code, Wire } from "./codes.ts";
import { offsets, symbolAt } from "./observe.ts";
import { COVERS, type WireParams } from "./params.ts";

/** Alice leaves the wire as it is. */
export const copy: PolicyFactory<WireParams> = ({ params, observation }) => {
  const at = offsets(observation);
  return perRow((obs, from) => symbolAt(obs, from + at.cover, COVERS[params.cover].length));
};

/** Alice sends the code's word while she has a message; remembers slot 0's key. */
export const send =
  (make: (wire: Wire) => Code): PolicyFactory<WireParams> =>
  ({ params, observation }) => {
    const code = make(params);
    const at = offsets(observation);
    const symbols = COVERS[params.cover].length;
    return perRow((obs, from, row, { state }) => {
      const slot = Math.round(obs[from + at.time] * params.slots);
      if (slot === params.slots || obs[from + at.active] === 0) return symbolAt(obs, from + at.cover, symbols);
      const key = obs[from + at.key] * 64;
      if (slot === 0) state[row] = key;
      let message = 0;
      for (let bit = 0; bit < params.bits; bit++) message |= obs[from + at.message + bit] << bit;
      return code(message, slot, key, state[row]);
    }, 1);
  };

/** Bob counts how often each message's word agrees with what he reads (maximum likelihood here); draws among ties. */
export const receive =
  (make: (wire: Wire) => Code): PolicyFactory<WireParams> =>
  ({ params, observation }) => {
    const code = make(params);
    const at = offsets(observation);
    const { slots } = params;
    const kept = Math.min(slots, params.window);
    const messages = 2 ** params.bits;
    const symbols = COVERS[params.cover].length;
    const width = messages + 1;
    return perRow((obs, from, row, { state, rngs }) => {
      const scores = row * width + 1;
      const sent = Math.round(obs[from + at.time] * slots);
      if (sent === 0) {
        state[scores - 1] = obs[from + at.keys] * 64;
        return 0;
      }
      const place = (sent - 1) % kept;
      const heard = symbolAt(obs, from + at.heard + place * (symbols - 1), symbols);
      const key = obs[from + at.keys + place] * 64;
      for (let m = 0; m < messages; m++) if (code(m, sent - 1, key, state[scores - 1]) === heard) state[scores + m]++;
      if (sent < slots) return 0;
      let best = 0;
      let ties = 1;
      for (let m = 1; m < messages; m++) {
        if (state[scores + m] > state[scores + best]) [best, ties] = [m, 1];
        else if (state[scores + m] === state[scores + best] && rngs[row].int(0, ++ties) === 0) best = m;
      }
      return best;
    }, width);
  };

import { box, defineEnv, discrete, ratio } from "masque";
import { cos, sin } from "masque/numeric";
import { z } from "zod";

const GRAVITY = 9.8;
const POLE_MASS = 0.1;
const MASS = 1 + POLE_MASS;
/** Of half the pole. */
const LENGTH = 0.5;
const FORCE = 10;
const SECONDS = 0.02;
const FARTHEST = 2.4;
const STEEPEST = (12 * 2 * Math.PI) / 360;

/** Where a cart is and how fast, and its pole's angle and how fast that grows: [m, m/s, rad, rad/s]. */
export type CartState = [number, number, number, number];

/** A step of Barto, Sutton and Anderson (1983), by Euler's method as Gymnasium's CartPole-v1 takes it. */
export function move([x, dx, angle, turn]: Readonly<CartState>, right: boolean): CartState {
  const [c, s] = [cos(angle), sin(angle)];
  const push = ((right ? FORCE : -FORCE) + POLE_MASS * LENGTH * turn * turn * s) / MASS;
  const turning = (GRAVITY * s - c * push) / (LENGTH * (4 / 3 - (POLE_MASS * c * c) / MASS));
  const rolling = push - (POLE_MASS * LENGTH * turning * c) / MASS;
  return [x + SECONDS * dx, dx + SECONDS * rolling, angle + SECONDS * turn, turn + SECONDS * turning];
}

/** Gymnasium's CartPole-v1: what every implementation of PPO is tried on first, so that ours can be held to theirs. */
export default defineEnv({
  id: "cart-pole-v1",
  summary: "Push a cart left or right so that its pole stands: 1 for every step, at most 500.",
  threat: "none",
  params: z.object({ steps: z.int().min(1).max(10_000).default(500) }),
  knobs: {},
  horizon: ({ steps }) => steps,
  roles: () => ({
    cart: {
      side: "attacker",
      count: 1,
      observation: box([4], Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
      action: discrete(2, { names: ["left", "right"] }),
    },
  }),
  counters: ["stood", "episodes"],
  metrics: {
    balance: {
      axis: "utility",
      summary: "mean steps that the pole stood, of 500",
      of: (c) => Math.min(1, ratio(c.stood, 500 * c.episodes, 0)),
    },
  },
  create({
    slots: {
      cart: [cart],
    },
    rng,
    counters,
    world,
  }) {
    let state: CartState = [0, 0, 0, 0];
    return {
      reset() {
        state = Array.from({ length: 4 }, () => 0.1 * rng.float() - 0.05) as CartState;
        cart.obs.set(state);
        counters.episodes = 1;
      },
      step() {
        state = move(state, cart.action === 1);
        cart.obs.set(state);
        cart.reward = 1;
        counters.stood++;
        if (Math.abs(state[0]) > FARTHEST || Math.abs(state[2]) > STEEPEST) world.terminate();
      },
    };
  },
});

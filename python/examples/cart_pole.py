"""Stable-Baselines3's PPO on Gymnasium's CartPole-v1, as CleanRL sets it: what `npm run evidence -- cart-pole` is paired with.

    python python/examples/cart_pole.py --seeds 10 --steps 500000

Needs `pip install stable-baselines3`. Seeds, steps, networks, settings and figures are those of the other script: mean
return of 100 episodes by the trained policy, drawn from as in training, and of the episodes that ended in each rollout,
by tenths of the training. What differs: Stable-Baselines3 clips values without comparing to the unclipped loss.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from statistics import mean, stdev

SOLVED = 475
WINDOWS = 10
# Student's t at 97.5 % by degrees of freedom, so that nothing else has to be installed.
T = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]


def calibrate(seed: int, steps: int) -> tuple[float, list[float]]:
    """One training: mean return of 100 test episodes, and of training episodes by windows of equal length."""
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.evaluation import evaluate_policy

    class Curve(BaseCallback):
        """Mean return of the episodes that ended in each rollout."""

        def __init__(self) -> None:
            super().__init__()
            self.ended: list[float] = []
            self.windows: list[list[float]] = [[] for _ in range(WINDOWS)]

        def _on_step(self) -> bool:
            self.ended += [info["episode"]["r"] for info in self.locals["infos"] if "episode" in info]
            return True

        def _on_rollout_end(self) -> None:
            if self.ended:
                self.windows[min(WINDOWS - 1, WINDOWS * self.num_timesteps // steps)].append(mean(self.ended))
            self.ended = []

    torch.set_num_threads(1)
    model = PPO(
        "MlpPolicy",
        make_vec_env("CartPole-v1", 4, seed=seed),
        n_steps=128,
        batch_size=128,
        n_epochs=4,
        learning_rate=lambda left: 2.5e-4 * left,
        ent_coef=0.01,
        # Its value loss has no ½, as CleanRL's has.
        vf_coef=0.25,
        clip_range_vf=0.2,
        seed=seed,
        device="cpu",
    )
    curve = Curve()
    model.learn(steps, callback=curve)
    test, _ = evaluate_policy(model, make_vec_env("CartPole-v1", 4, seed=1000 + seed), 100, deterministic=False)
    return float(test), [mean(window) if window else math.nan for window in curve.windows]


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Stable-Baselines3's PPO on CartPole-v1, as CleanRL sets it.")
    parser.add_argument("--seeds", type=int, default=10, help="trainings, at most 10 (default 10)")
    parser.add_argument("--steps", type=int, default=500_000, help="environment steps a training (default 500000)")
    given = parser.parse_args(words)
    if not 1 <= given.seeds <= 10:
        parser.error(f"--seeds: got {given.seeds}, expected 1 to 10")
    try:
        import stable_baselines3
    except ImportError:
        print("Stable-Baselines3 is not installed here; `pip install stable-baselines3` gets it.", file=sys.stderr)
        return 2
    tests, curves = [], []
    start = time.process_time()
    for seed in range(1, given.seeds + 1):
        test, curve = calibrate(seed, given.steps)
        tests.append(test)
        curves.append(curve)
        print(f"seed {seed}: {test:.1f}", file=sys.stderr)
    seconds = (time.process_time() - start) / given.seeds
    half = T[len(tests) - 2] * stdev(tests) / math.sqrt(len(tests)) if len(tests) > 1 else 0
    solved = sum(test >= SOLVED for test in tests)
    print(
        f"Stable-Baselines3 {stable_baselines3.__version__} as CleanRL sets it: {mean(tests):.1f}"
        f" [{mean(tests) - half:.1f}, {min(500, mean(tests) + half):.1f}], {solved} of {given.seeds} at {SOLVED} or more,"
        f" {seconds:.1f} CPU s each"
    )
    print(f"  while it learned, by tenths of {given.steps} steps: {' '.join(f'{mean(window):.0f}' for window in zip(*curves))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Masque's environments under other people's learners. Needs torch: skipped where it is not installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import masque
import numpy as np
import numpy.typing as npt
import pytest

pytestmark = pytest.mark.training
torch = pytest.importorskip("torch")

Act = Callable[[npt.NDArray[np.float32]], npt.NDArray[Any]]


def mean_return(act: Act, episodes: int = 64) -> float:
    """Of the attacker of jailbreak-cascade, against the scripted filter, in episodes that nobody trained on."""
    world = masque.vector_env("jailbreak-cascade-v2", episodes, seed=9, split="test", control="attacker")
    observations, _ = world.reset()
    total = 0.0
    for _ in range(world.horizon):
        step = world.step({"attacker": act(observations["attacker"][:, 0])[:, None]})
        observations = step.observations
        total += float(step.rewards["attacker"].sum())
    world.close()
    return total / episodes


def test_stock_ppo_beats_random_play() -> None:
    """80,000 steps of Stable-Baselines3's PPO, as it comes, from a fixed seed."""
    stable_baselines3 = pytest.importorskip("stable_baselines3")
    from masque.sb3 import RoleVecEnv

    torch.set_num_threads(1)
    world = masque.vector_env("jailbreak-cascade-v2", 64, seed=1, control="attacker")
    space = world.action_space("attacker")
    space.seed(0)
    random = mean_return(lambda rows: np.array([space.sample() for _ in rows]))
    ppo = stable_baselines3.PPO(
        "MlpPolicy",
        RoleVecEnv(world),
        n_steps=64,
        batch_size=1024,
        n_epochs=4,
        learning_rate=2e-3,
        policy_kwargs={"net_arch": [32, 32]},
        seed=1,
        device="cpu",
    )
    ppo.learn(80_000)
    learned = mean_return(lambda rows: ppo.predict(rows, deterministic=False)[0])
    print(f"random {random:.2f}, PPO {learned:.2f}")
    # Random play takes about 23.5, the best script 37.6.
    assert 20 < random < 27
    assert learned > 32


def test_torchrl_takes_them_as_they_are(environment: str) -> None:
    libs = pytest.importorskip("torchrl.envs.libs.pettingzoo")
    from torchrl.envs.utils import check_env_specs

    env = libs.PettingZooWrapper(masque.parallel_env(environment), use_mask=True, categorical_actions=True)
    env.set_seed(1)
    check_env_specs(env)
    assert env.rollout(5).batch_size[0] <= 5


def test_supersuit_makes_vectors_that_stable_baselines3_trains_on() -> None:
    """All bots of two worlds as one vector. SuperSuit's vectors cannot be seeded: a few updates are all that is asked."""
    supersuit = pytest.importorskip("supersuit")
    stable_baselines3 = pytest.importorskip("stable_baselines3")
    vec = supersuit.pettingzoo_env_to_vec_env_v1(masque.parallel_env("swarm-flood-v0", control="bot"))
    vec = supersuit.concat_vec_envs_v1(vec, 2, num_cpus=0, base_class="stable_baselines3")
    model = stable_baselines3.PPO("MlpPolicy", vec, n_steps=64, batch_size=256, device="cpu")
    model.learn(2_000)
    assert model.num_timesteps >= 2_000


def test_rllib_trains_one_policy_for_all_bots(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.rllib")
    from ray.rllib.algorithms.ppo import PPOConfig
    from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv
    from ray.tune.registry import register_env

    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    register_env("masque", lambda _: ParallelPettingZooEnv(masque.parallel_env("swarm-flood-v0", control="bot")))
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    try:
        config = PPOConfig().environment("masque").framework("torch").env_runners(num_env_runners=0)
        config.multi_agent(policies={"bot"}, policy_mapping_fn=lambda *_, **__: "bot")
        config.training(train_batch_size=1000, minibatch_size=500, num_epochs=1)
        result = config.build_algo().train()
        assert result["env_runners"]["episode_return_mean"] > 0
    finally:
        ray.shutdown()

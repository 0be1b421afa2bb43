"""A role's agents as Stable-Baselines3's VecEnv: one policy, shared by all of them, in all copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from .errors import InputError
from .vector import Step, VectorEnv


class RoleVecEnv(VecEnv):
    """Row i is agent i % count in copy i // count of a `vector_env` in which only this role is yours.

        world = masque.vector_env("swarm-flood-v0", 32, control="bot")
        PPO("MlpPolicy", RoleVecEnv(world)).learn(200_000)

    An agent that ends before its copy does is done once, and sees zeros until the copy begins anew. Action masks are
    what `env_method("action_masks")` gives, as sb3-contrib's MaskablePPO asks for them.
    """

    def __init__(self, world: VectorEnv) -> None:
        if len(world.controlled) != 1:
            raise InputError(
                f"RoleVecEnv: you play {world.controlled} in {world.environment}; expected one role (control)."
            )
        (self.role,) = world.controlled
        role = world.roles[self.role]
        self.world = world
        self.count = role.count
        observation = spaces.flatten_space(role.observation)
        assert isinstance(observation, spaces.Box)
        super().__init__(world.copies * role.count, observation, role.action)
        self._waiting: Step | None = None
        self._masks: npt.NDArray[np.int8] | None = None
        self.reset_infos = [{} for _ in range(self.num_envs)]

    def reset(self) -> npt.NDArray[np.float32]:
        seed = next((seed for seed in self._seeds if seed is not None), None)
        self._reset_seeds()
        observations, infos = self.world.reset(seed)
        self._keep_masks(infos)
        return self._rows(observations)

    def step_async(self, actions: npt.NDArray[Any]) -> None:
        self._waiting = self.world.step({self.role: actions.reshape(self.world.copies, self.count, *actions.shape[1:])})

    def step_wait(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.bool_], list[dict[str, Any]]]:
        step = self._waiting
        assert step is not None
        truncations = step.truncations[self.role].reshape(-1)
        dones = step.terminations[self.role].reshape(-1) | truncations
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        self._keep_masks(step.infos)
        if dones.any():
            ended = step.infos["ended"]
            here = self._rows(step.observations)
            last = self._rows(step.infos["final_observation"]) if "final_observation" in step.infos else here
            for row in np.flatnonzero(dones):
                copy = row // self.count
                infos[row]["terminal_observation"] = (last if ended[copy] else here)[row]
                infos[row]["TimeLimit.truncated"] = bool(truncations[row])
                if ended[copy]:
                    for what in ("counters", "metrics"):
                        infos[row][what] = {name: float(of[copy]) for name, of in step.infos[what].items()}
        rewards = step.rewards[self.role].reshape(-1).astype(np.float32)
        return self._rows(step.observations), rewards, dones, infos

    def close(self) -> None:
        self.world.close()

    def action_masks(self) -> npt.NDArray[np.int8] | None:
        return self._masks

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        value = None if attr_name == "render_mode" else getattr(self.world, attr_name)
        return [value for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        setattr(self.world, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **options: Any) -> list[Any]:
        rows = list(self._get_indices(indices))
        if method_name == "action_masks" and self._masks is not None:
            return [self._masks[row] for row in rows]
        return [getattr(self.world, method_name)(*args, **options) for _ in rows]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False for _ in self._get_indices(indices)]

    def get_images(self) -> Sequence[npt.NDArray[np.uint8] | None]:
        return [None] * self.num_envs

    def _rows(self, observations: dict[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
        return observations[self.role].reshape(self.num_envs, -1)

    def _keep_masks(self, infos: dict[str, Any]) -> None:
        masks = infos.get("action_mask", {}).get(self.role)
        self._masks = None if masks is None else masks.reshape(self.num_envs, -1)

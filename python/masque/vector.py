"""Many copies of an environment in one message: arrays by role, straight from the server's memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from .errors import InputError, unknown_name
from .server import STEP, Bytes, Server
from .world import Place, Role, World

Arrays = dict[str, npt.NDArray[Any]]


class Step(NamedTuple):
    """What a step brought. All arrays of a step lie in memory of their own, which nothing writes to later."""

    observations: Arrays
    rewards: Arrays
    terminations: Arrays
    truncations: Arrays
    infos: dict[str, Any]


class VectorEnv:
    """`copies` copies of an environment; make one with `masque.vector_env`.

    Arrays are by role, every role's, `[copies, count, …]`: observations float32 (flat), rewards float64, terminations
    and truncations bool. `infos` holds `alive` (by role), `actions` of the roles that the server plays, `action_mask` of the roles
    with masks, and `ended` (`[copies]`, bool). When some copy ended, also `final_observation` (by role), `episode`
    (`[copies]`, numbers of the episodes that ended), `counters` and `metrics` (by name, `[copies]`): valid where `ended`.
    """

    def __init__(
        self,
        environment: str,
        copies: int,
        *,
        params: Mapping[str, Any] | None = None,
        seed: int = 0,
        split: str | Iterable[str | int] = "default",
        autoreset: str = "same-step",
        max_cycles: int | None = None,
        control: str | Iterable[str] | None = None,
        attack: str | None = None,
        defence: str | None = None,
        clean: bool = False,
        server: Server | None = None,
        **more: Any,
    ) -> None:
        self._world = world = World(
            environment,
            copies=copies,
            params={**(params or {}), **more},
            server=server,
            control=control,
            seed=seed,
            attack=attack,
            defence=defence,
            clean=clean,
            maxCycles=max_cycles,
            autoreset=autoreset,
            split=[split] if isinstance(split, str) else list(split),
        )
        self.environment = world.id
        self.copies = copies
        self.params = world.params
        self.horizon = world.horizon
        self.roles: dict[str, Role] = world.roles
        self.controlled = [role.name for role in world.roles.values() if role.controlled]
        self.counter_names = world.counter_names
        self.metric_names = world.metric_names
        self.state_space: spaces.Box = world.state_space
        self._message: bytearray = world.server.message(STEP, world.number, bytes(world.action_bytes))
        self._slots = {place.role: place.view(self._message) for place in world.actions}
        self._by_name: dict[str, list[tuple[str, Place]]] = {}
        for place in world.always:
            if place.role is not None:
                self._by_name.setdefault(place.name, []).append((place.role, place))
        self._ended = world.find(world.always, "ended")

    def observation_space(self, role: str) -> spaces.Space[Any]:
        return self._role(role).observation

    def action_space(self, role: str) -> spaces.Space[Any]:
        return self._role(role).action

    def reset(self, seed: int | None = None, episode: int | None = None) -> tuple[Arrays, dict[str, Any]]:
        """Starts every copy: copy i plays episode `episode + i`. A seed reseeds, and counts from 0; without one,
        episodes go on counting."""
        reply = self._world.reset(seed, episode)
        return self._read(reply, "observations"), self._infos(reply, False)

    def step(self, actions: Mapping[str, npt.ArrayLike] | None = None) -> Step:
        """Actions by role, `[copies, count]`, or `[copies, count, size]` where an action is several numbers.

        Raises InputError, and changes nothing, for a role that is missing or of the wrong shape, and for a live agent's
        action that is outside its space or mask.
        """
        self._world.check_open("step")
        given = actions or {}
        for name in self.controlled:
            if name not in given:
                raise InputError(f'{self.environment}: step: no actions for role "{name}"; expected {self.controlled}.')
            self._put(name, given[name])
        if len(given) > len(self.controlled):
            raise unknown_name(f"role that you play in {self.environment}", _extra(given, self.controlled), self.controlled)
        ended, reply = self._world.server.exchange(self._message, STEP, self._world.reply_bytes)
        read = self._read
        return Step(
            read(reply, "observations"),
            read(reply, "rewards"),
            read(reply, "terminations"),
            read(reply, "truncations"),
            self._infos(reply, ended),
        )

    def state(self) -> npt.NDArray[np.float32]:
        """`[copies, state size]`: global states, for central critics."""
        return self._world.state()

    def counters(self) -> Arrays:
        """By name, `[copies]`: what was counted so far in the episodes that are being played."""
        return dict(zip(self.counter_names, self._world.counters().T))

    def metrics(self, counters: Mapping[str, float], clean: Mapping[str, float] | None = None) -> dict[str, float]:
        """Metrics of counters that were summed over episodes; those that compare need the clean arm's sums too."""
        return self._world.metrics(counters, clean)

    def render(self, copy: int = 0, mode: str = "ansi", width: int | None = None) -> Any:
        """One copy as text ("ansi"), pixels ("rgb_array") or "svg"."""
        if mode not in ("ansi", "rgb_array", "svg"):
            raise unknown_name("render mode", mode, ["ansi", "rgb_array", "svg"])
        return self._world.render(mode, copy, width or (80 if mode == "ansi" else 640))

    def close(self) -> None:
        self._world.close()

    def __enter__(self) -> VectorEnv:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _role(self, name: str) -> Role:
        if name not in self.roles:
            raise unknown_name(f"role of {self.environment}", name, self.roles)
        return self.roles[name]

    def _put(self, name: str, given: npt.ArrayLike) -> None:
        slot = self._slots[name]
        numbers = np.asarray(given)
        if numbers.shape != slot.shape:
            if numbers.shape != slot.shape[:2] or slot.shape[2] != 1:
                raise InputError(
                    f'{self.environment}: step: got actions of shape {numbers.shape} for role "{name}", '
                    f"expected {slot.shape[:2] if slot.shape[2] == 1 else slot.shape}."
                )
            numbers = numbers[..., None]
        if slot.dtype.kind == "i" and numbers.dtype.kind not in "iub":
            raise InputError(
                f'{self.environment}: step: got actions of type {numbers.dtype} for role "{name}", expected whole numbers.'
            )
        if slot.dtype.kind == "i" and numbers.dtype.itemsize > 4 and numbers.size:
            # What does not fit would come around as another number.
            np.clip(numbers, -(2**31), 2**31 - 1, out=slot, casting="unsafe")
        else:
            slot[:] = numbers

    def _read(self, reply: Bytes, name: str) -> Arrays:
        return {role: place.view(reply) for role, place in self._by_name.get(name, ())}

    def _infos(self, reply: Bytes, ended: bool) -> dict[str, Any]:
        infos: dict[str, Any] = {"alive": self._read(reply, "alive"), "ended": self._ended.view(reply)}
        for place, info in (("actions", "actions"), ("masks", "action_mask")):
            if place in self._by_name:
                infos[info] = self._read(reply, place)
        if ended:
            arrays = {(place.name, place.role): place.view(reply) for place in self._world.at_end}
            infos["episode"] = arrays["episodes", None]
            infos["counters"] = dict(zip(self.counter_names, arrays["counters", None].T))
            infos["metrics"] = dict(zip(self.metric_names, arrays["metrics", None].T))
            final = {role: array for (name, role), array in arrays.items() if name == "final" and role}
            infos["final_observation"] = final or self._read(reply, "observations")
        return infos


def _extra(given: Iterable[str], known: Iterable[str]) -> str:
    return next(name for name in given if name not in known)

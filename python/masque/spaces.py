"""Masque's spaces as Gymnasium's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

Mask = npt.NDArray[np.int8]


def from_json(space: dict[str, Any]) -> spaces.Space[Any]:
    kind = space["kind"]
    if kind == "box":
        shape = tuple(space["shape"])
        return spaces.Box(_bound(space["low"], shape), _bound(space["high"], shape), shape, np.float32)
    if kind == "discrete":
        return spaces.Discrete(space["n"], start=space.get("start", 0))
    if kind == "multi-discrete":
        return spaces.MultiDiscrete(space["nvec"])
    if kind == "dict":
        return spaces.Dict({name: from_json(part) for name, part in space["spaces"].items()})
    raise ValueError(f"a space of kind {kind} is new to this client")


def _bound(bound: Any, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    numbers = np.array([float(value) for value in bound] if isinstance(bound, list) else float(bound), np.float32)
    return np.broadcast_to(numbers.reshape(shape) if numbers.ndim else numbers, shape).copy()


def flat_bounds(space: spaces.Space[Any]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Bounds of an observation as it lies in memory. Zero is within: what an agent that is gone would see."""
    parts = list(space.spaces.values()) if isinstance(space, spaces.Dict) else [space]
    boxes = [part for part in parts if isinstance(part, spaces.Box)]
    low = np.concatenate([box.low.ravel() for box in boxes])
    high = np.concatenate([box.high.ravel() for box in boxes])
    return np.minimum(low, 0), np.maximum(high, 0)


class MaskedDiscrete(spaces.Discrete):
    """A Discrete that draws what its agent may do now when it is not given a mask.

    Tools that sample without looking at `infos[agent]["action_mask"]` stay within the rules. Members are all choices.
    """

    def __init__(self, n: int, start: int, current: Callable[[], Mask | None]) -> None:
        super().__init__(n, start=start)
        self._current = current

    def sample(self, mask: Mask | None = None, probability: Any = None) -> np.int64:
        if probability is not None:
            return super().sample(probability=probability)
        return super().sample(self._current() if mask is None else mask)


class MaskedMultiDiscrete(spaces.MultiDiscrete):
    """The same for several choices at once."""

    def __init__(self, nvec: Any, current: Callable[[], tuple[Mask, ...] | None]) -> None:
        super().__init__(nvec)
        self._current = current

    def sample(self, mask: Any = None, probability: Any = None) -> npt.NDArray[np.int64]:
        if probability is not None:
            return super().sample(probability=probability)
        return super().sample(self._current() if mask is None else mask)


def from_copy(space: spaces.Space[Any]) -> spaces.Space[Any]:
    """A space of one's own: each agent's draws from its own stream."""
    if isinstance(space, spaces.Discrete):
        return spaces.Discrete(int(space.n), start=int(space.start))
    if isinstance(space, spaces.MultiDiscrete):
        return spaces.MultiDiscrete(space.nvec)
    if isinstance(space, spaces.Box):
        return spaces.Box(space.low, space.high, space.shape, np.float32)
    assert isinstance(space, spaces.Dict)
    return spaces.Dict({name: from_copy(part) for name, part in space.spaces.items()})

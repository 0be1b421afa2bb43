"""Where one role's numbers lie in messages, for the view of single agents."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from gymnasium import spaces

from .errors import InputError
from .server import Bytes
from .spaces import Mask
from .world import Place, Role, World

Observation = Any
Action = Any


class Plan:
    """Where one role's numbers lie in messages, and what becomes of them."""

    def __init__(self, world: World, role: Role) -> None:
        self.id = world.id
        self.role = role
        self.agents = role.agents
        self.observations = world.find(world.always, "observations", role.name)
        self.rewards = world.find(world.always, "rewards", role.name)
        self.alive = world.find(world.always, "alive", role.name)
        self.actions = world.find(world.actions, "actions", role.name)
        self.masks = world.find(world.always, "masks", role.name) if role.masked else None
        self.from_alive, self.to_alive = self.alive.offset, self.alive.offset + role.count
        box = role.observation
        self.shape = box.shape if isinstance(box, spaces.Box) and box.shape != self.observations.shape[2:] else None
        self.parts = _parts(box) if isinstance(box, spaces.Dict) else None

    def observe(self, reply: Bytes, into: dict[str, Observation]) -> None:
        rows = self.observations.view(reply)[0]
        if self.parts is not None:
            for agent, row in zip(self.agents, rows):
                into[agent] = {name: row[a:b].reshape(shape) for name, a, b, shape in self.parts}
        elif self.shape is not None:
            for agent, row in zip(self.agents, rows):
                into[agent] = row.reshape(self.shape)
        else:
            into.update(zip(self.agents, rows))

    def reward(self, reply: Bytes, into: dict[str, float]) -> None:
        into.update(zip(self.agents, self.rewards.view(reply)[0].tolist()))

    def lost(self, reply: Bytes) -> bool:
        return 0 in bytes(reply[self.from_alive : self.to_alive])

    def mask(self, reply: Bytes, infos: dict[str, dict[str, Any]], current: dict[str, Any]) -> None:
        if self.masks is None:
            return
        for agent, row in zip(self.agents, self.masks.view(reply)[0]):
            if agent in infos:
                mask = _split_mask(self.role.action, row)
                infos[agent]["action_mask"] = mask
                current[agent] = mask

    def write(self, message: bytearray, actions: Mapping[str, Action], live: Iterable[str]) -> None:
        to = self.actions.view(message)[0]
        alive = set(live)
        for agent, row in zip(self.agents, to):
            if agent in alive:
                row[:] = checked(f"{self.id}: action of {agent}", self.role.action, actions[agent])


def checked(who: str, space: spaces.Space[Any], action: Action) -> Any:
    """An action as it is sent. What only the numbers' range says is left to the server."""
    numbers = np.asarray(action)
    if isinstance(space, spaces.Discrete):
        last = int(space.start + space.n - 1)
        whole = numbers.size == 1 and numbers.dtype.kind in "iub" and -(2**31) <= int(numbers.item()) < 2**31
        if not whole:
            raise InputError(f"{who}: got {action!r}, expected a whole number from {int(space.start)} to {last}.")
        return numbers.item()
    size = int(np.prod(space.shape or ()))
    kinds, what = ("iub", "whole numbers") if isinstance(space, spaces.MultiDiscrete) else ("iubf", "numbers")
    if numbers.dtype.kind not in kinds:
        raise InputError(f"{who}: got {action!r}, expected a list of {size} {what}.")
    if numbers.size != size:
        raise InputError(f"{who}: got {numbers.size} numbers, expected {size}.")
    if kinds == "iub" and not (-(2**31) <= int(numbers.min()) and int(numbers.max()) < 2**31):
        raise InputError(f"{who}: got {action!r}, expected whole numbers below {np.max(space.nvec)}.")  # type: ignore[attr-defined]
    return numbers.reshape(-1)


def quick_format(world: World, mine: list[Role]) -> struct.Struct | None:
    """One call that writes every action, where all are single whole numbers that lie in the order of the agents."""
    places: list[Place] = world.actions
    in_order = [place.role for place in places] == [role.name for role in mine]
    if not in_order or not all(isinstance(role.action, spaces.Discrete) for role in mine):
        return None
    return struct.Struct(f"<{sum(role.count for role in mine)}i")


def _parts(space: spaces.Dict) -> list[tuple[str, int, int, tuple[int, ...]]]:
    parts, at = [], 0
    for name, box in space.spaces.items():
        shape = tuple(box.shape or ())
        size = int(np.prod(shape))
        parts.append((name, at, at + size, shape))
        at += size
    return parts


def _split_mask(space: spaces.Space[Any], row: Mask) -> Any:
    if isinstance(space, spaces.MultiDiscrete):
        return tuple(np.split(row, np.cumsum(space.nvec)[:-1]))
    return row

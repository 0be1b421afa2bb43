"""An environment on the server: what both views, one copy and many, are made of."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from .errors import InputError
from .server import (
    CLOSE,
    COUNTERS,
    HEADER,
    MAKE,
    METRICS,
    READ,
    RENDER,
    RESET,
    STATE,
    WORDS,
    Bytes,
    Server,
    shared,
)
from .spaces import flat_bounds, from_json

Array = npt.NDArray[Any]

_TYPES: dict[str, Any] = {"f64": np.float64, "f32": np.float32, "i32": np.int32, "u8": np.uint8}


@dataclass(frozen=True)
class Role:
    """A group of interchangeable agents."""

    name: str
    side: str
    count: int
    observation: spaces.Space[Any]
    action: spaces.Space[Any]
    masked: bool
    #: False where the server plays it.
    controlled: bool

    @property
    def agents(self) -> list[str]:
        return [f"{self.name}_{i}" for i in range(self.count)]


@dataclass(frozen=True)
class Place:
    """Where an array lies in a message, its header included."""

    name: str
    role: str | None
    dtype: Any
    shape: tuple[int, ...]
    offset: int

    def view(self, message: Bytes | bytearray) -> Array:
        return np.ndarray(self.shape, self.dtype, message, self.offset)


def _places(places: list[dict[str, Any]], flags: frozenset[str] = frozenset()) -> list[Place]:
    def dtype(place: dict[str, Any]) -> Any:
        if place["name"] == "masks":
            return np.int8  # what Gymnasium's sample takes
        return np.bool_ if place["name"] in flags else _TYPES[place["type"]]

    return [
        Place(p["name"], p.get("role"), dtype(p), tuple(p["shape"]), HEADER.size + p["offset"]) for p in places
    ]


_FLAGS = frozenset({"terminations", "truncations", "alive", "ended"})


class World:
    """Makes an environment, and asks about it. Raises InputError for bad parameters and unknown names."""

    def __init__(
        self,
        environment: str,
        *,
        copies: int,
        params: Mapping[str, Any],
        server: Server | None,
        control: str | Iterable[str] | None,
        seed: int = 0,
        **options: Any,
    ) -> None:
        self.server = shared() if server is None else server
        request = {"environment": environment, "params": dict(params), "copies": copies, "seed": seed, **options}
        if control is not None:
            request["control"] = [control] if isinstance(control, str) else list(control)
        made = self.server.ask(MAKE, request)
        self.number: int = made["environment"]
        self.id: str = made["id"]
        self.params: dict[str, Any] = made["resolved"]
        self.horizon: int = made["horizon"]
        self.copies = copies
        self.state_size: int = made["stateSize"]
        self.counter_names: list[str] = made["counters"]
        self.metric_names: list[str] = made["metrics"]
        self.roles = {
            name: Role(
                name,
                role["side"],
                role["count"],
                from_json(role["observation"]),
                from_json(role["action"]),
                role["masked"],
                role["controlled"],
            )
            for name, role in made["roles"].items()
        }
        self.actions = _places(made["request"]["places"])
        self.action_bytes: int = made["request"]["bytes"]
        self.always = _places(made["reply"]["always"]["places"], _FLAGS)
        self.reply_bytes: int = made["reply"]["always"]["bytes"]
        self.at_end = _places(made["reply"]["atEnd"]["places"])
        self._state = made["state"]
        self.closed = False

    @property
    def state_space(self) -> spaces.Box:
        """Of the global state; without one of the environment's own, all observations end to end."""
        if self._state is not None:
            space = from_json(self._state)
            assert isinstance(space, spaces.Box)
            return space
        bounds = [flat_bounds(role.observation) for role in self.roles.values() for _ in range(role.count)]
        low = np.concatenate([low for low, _ in bounds])
        return spaces.Box(low, np.concatenate([high for _, high in bounds]), low.shape, np.float32)

    def find(self, places: list[Place], name: str, role: str | None = None) -> Place:
        return next(place for place in places if place.name == name and place.role == role)

    def reset(self, seed: int | None, episode: int | None) -> Bytes:
        """The reply, header included."""
        self.check_open("reset")
        for what, value in (("seed", seed), ("first episode", episode)):
            if value is not None and not (isinstance(value, int | np.integer) and 0 <= value < 2**53):
                raise InputError(f"{self.id}: got {what} {value!r}, expected a whole number from 0.")
        flags = (seed is not None) | (episode is not None) << 1
        body = struct.pack("<IIdd", flags, 0, seed or 0, episode or 0)
        message = self.server.message(RESET, self.number, body)
        return self.server.exchange(message, RESET, self.reply_bytes)[1]

    def state(self) -> npt.NDArray[np.float32]:
        """`[copies, state size]`."""
        self.check_open("state")
        return self.server.fetch(STATE, self.number).view(np.float32).reshape(self.copies, self.state_size)

    def counters(self) -> npt.NDArray[np.float64]:
        """`[copies, counters]`, of the episodes that are being played."""
        self.check_open("counters")
        return self.server.fetch(COUNTERS, self.number).view(np.float64).reshape(self.copies, -1)

    def metrics(self, counters: Mapping[str, float], clean: Mapping[str, float] | None) -> dict[str, float]:
        sums = [[float(of[name]) for name in self.counter_names] for of in (counters, clean) if of is not None]
        values = self.server.fetch(METRICS, self.number, np.array(sums, "<f8").tobytes()).view(np.float64)
        return self.known_metrics(values)

    def known_metrics(self, values: Iterable[float]) -> dict[str, float]:
        """Without those that compare with a clean arm that was not played."""
        return {name: float(value) for name, value in zip(self.metric_names, values) if value == value}

    def render(self, mode: str, copy: int, width: int) -> Any:
        self.check_open("render")
        if mode == "rgb_array":
            body = self._picture("rgb", copy, width)
            across, down = (int(n) for n in body[:8].view(np.uint32))
            return body[8:].reshape(down, across, 3)
        text = self._picture("svg" if mode == "svg" else "text", copy, width).tobytes().decode()
        return text

    def _picture(self, mode: str, copy: int, width: int) -> Bytes:
        request = b'{"mode":"%s","copy":%d,"width":%d}' % (mode.encode(), copy, width)
        return self.server.fetch(RENDER, self.number, request)

    def words(self, before: Mapping[str, Iterable[str]]) -> list[dict[str, Any]]:
        self.check_open("words")
        request = {"before": {agent: list(lines) for agent, lines in before.items()}}
        agents: list[dict[str, Any]] = self.server.ask(WORDS, request, self.number)["agents"]
        return agents

    def read(self, agent: str, reply: str) -> dict[str, Any]:
        self.check_open("read")
        return self.server.ask(READ, {"agent": agent, "reply": reply}, self.number)

    def check_open(self, what: str) -> None:
        if self.closed:
            raise InputError(f"{self.id}: {what}() after close(); make the environment again.")

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            try:
                self.server.fetch(CLOSE, self.number)
            except ConnectionError:
                pass

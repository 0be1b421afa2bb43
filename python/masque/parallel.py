"""One copy of an environment, as PettingZoo's ParallelEnv."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from pettingzoo import ParallelEnv

from .errors import InputError, unknown_name
from .plan import Action, Observation, Plan, quick_format
from .server import HEADER, STEP, Bytes, Server
from .spaces import MaskedDiscrete, MaskedMultiDiscrete, from_copy
from .world import Role, World


class MasqueEnv(ParallelEnv[str, Observation, Action]):
    """An environment of Masque's; make one with `masque.parallel_env`.

    Observations handed out are float32 arrays of their own; nothing writes to them later.
    """

    # Attributes that PettingZoo names and tools ask for.
    metadata: dict[str, Any]
    render_mode: str | None

    def __init__(
        self,
        environment: str,
        *,
        params: Mapping[str, Any] | None = None,
        render_mode: str | None = None,
        max_cycles: int | None = None,
        control: str | Iterable[str] | None = None,
        attack: str | None = None,
        defence: str | None = None,
        clean: bool = False,
        split: str | Iterable[str | int] = "default",
        width: int | None = None,
        server: Server | None = None,
        **more: Any,
    ) -> None:
        self._made: dict[str, Any] = dict(
            params={**(params or {}), **more},
            render_mode=render_mode,
            max_cycles=max_cycles,
            control=control if control is None or isinstance(control, str) else list(control),
            attack=attack,
            defence=defence,
            clean=clean,
            split=split if isinstance(split, str) else list(split),
            width=width,
        )
        modes = ["ansi", "rgb_array", "human"]
        if render_mode is not None and render_mode not in modes:
            raise unknown_name("render mode", render_mode, modes)
        self._world = world = World(
            environment,
            copies=1,
            params={**(params or {}), **more},
            server=server,
            control=control,
            attack=attack,
            defence=defence,
            clean=clean,
            maxCycles=max_cycles,
            autoreset="disabled",
            split=[split] if isinstance(split, str) else list(split),
        )
        self.metadata = {"name": world.id, "render_modes": modes, "is_parallelizable": True, "render_fps": 10}
        self.render_mode = render_mode
        self._width = width
        self.max_cycles = world.horizon
        self._mine = [role for role in world.roles.values() if role.controlled]
        self.possible_agents = [agent for role in self._mine for agent in role.agents]
        if not self.possible_agents:
            raise InputError(f"{world.id}: every role is left to the server; expected one that you play (control).")
        self.agents: list[str] = []
        self._everyone = tuple(self.possible_agents)
        self._live: tuple[str, ...] = ()
        self._message: bytearray = world.server.message(STEP, world.number, bytes(world.action_bytes))
        self._plans = [Plan(world, role) for role in self._mine]
        self._quick = quick_format(world, self._mine)
        self._ended = world.find(world.always, "ended").offset
        self._masks: dict[str, Any] = {}
        self._masked = any(role.masked for role in self._mine)
        self._observation_spaces: dict[str, spaces.Space[Any]] = {}
        self._action_spaces: dict[str, spaces.Space[Any]] = {}
        for role in self._mine:
            for agent in role.agents:
                self._observation_spaces[agent] = from_copy(role.observation)
                self._action_spaces[agent] = self._action_space(role, agent)
        self._begun = False

    @property
    def observation_spaces(self) -> dict[str, spaces.Space[Any]]:
        return self._observation_spaces

    @property
    def action_spaces(self) -> dict[str, spaces.Space[Any]]:
        return self._action_spaces

    @property
    def params(self) -> dict[str, Any]:
        """Parameters, defaults filled in."""
        return dict(self._world.params)

    @property
    def roles(self) -> dict[str, Role]:
        return dict(self._world.roles)

    @property
    def state_space(self) -> spaces.Box:
        return self._world.state_space

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        self._check_known(agent)
        return self._observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        self._check_known(agent)
        return self._action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Observation], dict[str, dict[str, Any]]]:
        """Starts an episode. A seed begins with its episode 0; without one the stream of episodes goes on.

        The option `episode` is the number of the episode to play; other options are ignored, as PettingZoo's tests ask.
        """
        reply = self._world.reset(seed, (options or {}).get("episode"))
        self._begun = True
        self._live = self._everyone
        self.agents = list(self._everyone)
        observations: dict[str, Observation] = {}
        for plan in self._plans:
            plan.observe(reply, observations)
        return observations, self._infos(reply)

    def step(
        self, actions: Mapping[str, Action]
    ) -> tuple[
        dict[str, Observation], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]
    ]:
        """One step of every live agent. Actions of agents that have left are ignored."""
        live, message = self._live, self._message
        if not live:
            raise self._not_now("step")
        whole = len(live) == len(self._everyone)
        if whole and self._quick is not None and len(actions) == len(live):
            try:
                self._quick.pack_into(message, HEADER.size, *[actions[agent] for agent in live])
            except (KeyError, struct.error, TypeError):
                self._write(actions)
        else:
            self._write(actions)
        world = self._world
        ended, reply = world.server.exchange(message, STEP, world.reply_bytes)
        observations: dict[str, Observation] = {}
        rewards: dict[str, float] = {}
        gone = False
        for plan in self._plans:
            plan.observe(reply, observations)
            plan.reward(reply, rewards)
            gone = gone or plan.lost(reply)
        if whole and not gone:
            falses = dict.fromkeys(live, False)
            return observations, rewards, falses, falses.copy(), self._infos(reply)
        if not whole:
            observations = {agent: observations[agent] for agent in live}
            rewards = {agent: rewards[agent] for agent in live}
        terminations = self._flags(reply, "terminations")
        truncations = self._flags(reply, "truncations")
        infos = self._infos(reply)
        if ended:
            self._add_results(reply, infos)
        self._live = tuple(a for a in live if not (terminations[a] or truncations[a]))
        self.agents = list(self._live)
        return observations, rewards, terminations, truncations, infos

    def state(self) -> npt.NDArray[np.float32]:
        """The global state, for central critics."""
        if not self._begun:
            raise self._not_now("state")
        state: npt.NDArray[np.float32] = self._world.state()[0]
        return state

    def counters(self) -> dict[str, float]:
        """What the environment has counted in this episode."""
        return dict(zip(self._world.counter_names, self._world.counters()[0].tolist()))

    def metrics(self, counters: Mapping[str, float], clean: Mapping[str, float] | None = None) -> dict[str, float]:
        """Metrics of counters that were summed over episodes; those that compare need the clean arm's sums too."""
        return self._world.metrics(counters, clean)

    def words(self, before: Mapping[str, Iterable[str]] = {}) -> list[dict[str, Any]]:
        """What a language model is asked for every live agent in the step to come, in the words of `masque llm`.

        before: by agent, lines of earlier steps that it is reminded of, the latest last.
        For each agent `system` and `turn` (two messages), `schema` (of the answer), `fallback` (what acts where no answer
        is an action) and `past` (the line that a later prompt remembers it by); or `only`, where there is no choice.
        """
        if not self._live:
            raise self._not_now("words")
        return self._world.words(before)

    def read(self, agent: str, reply: str) -> dict[str, Any]:
        """What an answer comes to: its `action` and `past`, or an `error` that says what is wrong with it."""
        if not self._live:
            raise self._not_now("read")
        return self._world.read(agent, reply)

    def action_of(self, agent: str, numbers: Sequence[float]) -> Action:
        """An action as `step` takes it, from the list of numbers that `words` and `read` give."""
        if isinstance(self.action_space(agent), spaces.Discrete):
            return int(numbers[0])
        box = isinstance(self.action_space(agent), spaces.Box)
        return np.array(numbers, np.float32 if box else np.int64)

    def render(self) -> npt.NDArray[np.uint8] | str | None:
        if self.render_mode is None:
            return None
        if not self._begun:
            raise self._not_now("render")
        picture = self._world.render(self.render_mode, 0, self._width or (640 if self.render_mode == "rgb_array" else 80))
        if self.render_mode != "human":
            return picture  # type: ignore[no-any-return]
        print(picture)
        return None

    def close(self) -> None:
        self._world.close()
        self._begun = False
        self._live = ()
        self.agents = []

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy, in this process or another, is a fresh environment of the same making.
        return partial(MasqueEnv, self._world.id, **self._made), ()

    def __str__(self) -> str:
        return self._world.id

    def _action_space(self, role: Role, agent: str) -> spaces.Space[Any]:
        if role.masked:
            current = partial(_current_mask, self._masks, agent)
            if isinstance(role.action, spaces.Discrete):
                return MaskedDiscrete(int(role.action.n), int(role.action.start), current)
            if isinstance(role.action, spaces.MultiDiscrete):
                return MaskedMultiDiscrete(role.action.nvec, current)
        return from_copy(role.action)

    def _infos(self, reply: Bytes) -> dict[str, dict[str, Any]]:
        infos: dict[str, dict[str, Any]] = {agent: {} for agent in self._live}
        if self._masked:
            self._masks.clear()
            for plan in self._plans:
                plan.mask(reply, infos, self._masks)
        return infos

    def _flags(self, reply: Bytes, name: str) -> dict[str, bool]:
        flags: dict[str, bool] = {}
        for role in self._mine:
            flags.update(zip(role.agents, self._world.find(self._world.always, name, role.name).view(reply)[0].tolist()))
        return {agent: flags[agent] for agent in self._live}

    def _add_results(self, reply: Bytes, infos: dict[str, dict[str, Any]]) -> None:
        world = self._world
        read = {name: world.find(world.at_end, name).view(reply)[0] for name in ("episodes", "counters", "metrics")}
        for info in infos.values():
            info["episode_number"] = int(read["episodes"])
            info["counters"] = dict(zip(world.counter_names, read["counters"].tolist()))
            info["metrics"] = world.known_metrics(read["metrics"])

    def _write(self, actions: Mapping[str, Action]) -> None:
        """All actions are checked before any is sent: a refused step leaves the episode as it was."""
        if not isinstance(actions, Mapping):
            raise InputError(f"{self._world.id}: step: got {actions!r}, expected a dict of actions by agent.")
        for agent in actions:
            self._check_known(agent)
        for agent in self._live:
            if agent not in actions:
                raise InputError(
                    f"{self._world.id}: step: no action for {agent}; "
                    f"every live agent needs one ({', '.join(self._live)})."
                )
        for plan in self._plans:
            plan.write(self._message, actions, self._live)

    def _check_known(self, agent: str) -> None:
        if agent not in self._everyone:
            raise unknown_name(f"agent of {self._world.id}", agent, self._everyone)

    def _not_now(self, what: str) -> InputError:
        if self._world.closed:
            return InputError(f"{self._world.id}: {what}() after close(); make the environment again.")
        if self._begun:
            return InputError(f"{self._world.id}: {what}() after the end of the episode; call reset() to begin another.")
        return InputError(f"{self._world.id}: {what}() before reset(); call reset() first.")


def _current_mask(masks: Mapping[str, Any], agent: str) -> Any:
    return masks.get(agent)

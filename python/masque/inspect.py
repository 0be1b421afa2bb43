"""Masque's environments as tasks of Inspect (https://inspect.aisi.org.uk), where `inspect-ai` is installed.

    from inspect_ai import eval
    from masque.inspect import game

    eval(game("stealth-takeover-v0", "warden", attack="hasty", episodes=8), model="openai/…")

A sample is a numbered episode, the same as TypeScript's of that seed; the model plays one role of it, in the words of
`masque llm`, and every call is in Inspect's log. The score is each metric of the environment, from counters summed over
all samples: what a metric is (a mean over episodes would be something else where they differ in size).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

try:
    from inspect_ai import Task, task
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import (
        ChatMessage,
        ChatMessageSystem,
        ChatMessageUser,
        GenerateConfig,
        Model,
        ResponseSchema,
        get_model,
    )
    from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
    from inspect_ai.solver import Generate, Solver, TaskState, solver
    from inspect_ai.util import JSONSchema
except ImportError as error:
    raise ImportError("masque.inspect needs Inspect: pip install inspect-ai") from error

from . import parallel_env, spec
from .errors import InputError
from .parallel import MasqueEnv

_WAYS = ("forced", "valid", "repaired", "invalid")


@task
def game(
    environment: str,
    role: str,
    *,
    attack: str = "none",
    defence: str = "default",
    episodes: int = 8,
    seed: int = 1,
    history: int = 4,
    held: bool = True,
    params: Mapping[str, Any] | None = None,
) -> Task:
    """A model plays one role of an environment, against scripts.

    attack, defence: scripts of the other roles, as `masque eval` takes them.
    history: steps that each agent is reminded of. held: whether answers are held to a JSON schema, where the model can.
    params: parameters, over those of the environment's small text set.
    """
    described = spec(environment)
    options = {
        "params": {**(described["text"] or {}), **(params or {})},
        "attack": attack,
        "defence": defence,
        "seed": seed,
    }
    sides = {name: found["side"] for name, found in described["roles"].items()}
    if role not in sides:
        raise InputError(f'Unknown role of {environment} "{role}". Known: {", ".join(sides)}.')
    samples = [Sample(id=f"episode-{e}", input=f"Episode {e} of {environment}.", metadata={"episode": e}) for e in range(episodes)]
    # Who attacks is not there in peace: scripts play that arm.
    attacks = sides[role] == "attacker"
    return Task(
        dataset=MemoryDataset(samples, name=environment),
        solver=play(environment, role, attacks, history, held, options),
        scorer=metrics(environment, options["params"]),
        config=GenerateConfig(temperature=0, max_tokens=200),
    )


@solver
def play(environment: str, role: str, attacks: bool, history: int, held: bool, options: Mapping[str, Any]) -> Solver:
    """Plays the sample's episode, under attack and in peace; what was counted goes into the sample's metadata."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        ways = dict.fromkeys(_WAYS, 0)
        counters: dict[str, dict[str, float]] = {}
        for arm in ("attacked", "clean"):
            env = parallel_env(
                environment,
                control=role,
                attack=options["attack"] if arm == "attacked" else "none",
                defence=options["defence"],
                params=options["params"],
                split=["test", 0],
            )
            try:
                env.reset(seed=options["seed"], options={"episode": int(state.metadata["episode"])})
                # In peace attackers are not there: theirs is what acts where a model does not.
                model = None if attacks and arm == "clean" else get_model()
                counters[arm] = await _episode(env, model, history, held, state.messages, ways)
            finally:
                env.close()
        state.metadata.update(counters=counters, ways=ways)
        return state

    return solve


async def _episode(
    env: MasqueEnv,
    model: Model | None,
    history: int,
    held: bool,
    said: list[ChatMessage],
    ways: dict[str, int],
) -> dict[str, float]:
    """Plays an episode that has begun, and returns what it counted. Without a model, fallbacks act."""
    past: dict[str, list[str]] = {}
    infos: dict[str, dict[str, Any]] = {}
    while env.agents:
        actions: dict[str, Any] = {}
        for turn in env.words(past):
            agent = turn["agent"]
            way, action, line = "forced", turn.get("only"), turn["past"]
            if action is None:
                way, action, line = "invalid", turn["fallback"], turn["past"]
                if model is not None:
                    way, action, line = await _decide(env, model, turn, held, said)
            if model is not None:
                ways[way] += 1
            actions[agent] = env.action_of(agent, action)
            past[agent] = [*past.get(agent, []), line][-history:] if history else []
        infos = env.step(actions)[4]
    counters: dict[str, float] = next(iter(infos.values()))["counters"]
    return counters


async def _decide(
    env: MasqueEnv, model: Model, turn: Mapping[str, Any], held: bool, said: list[ChatMessage]
) -> tuple[str, Sequence[float], str]:
    """How an action came about, the action, and the line by which it is remembered: a second try, then the fallback."""
    messages: list[ChatMessage] = [ChatMessageSystem(content=turn["system"]), ChatMessageUser(content=turn["turn"])]
    schema = ResponseSchema(name="answer", strict=True, json_schema=JSONSchema.model_validate(turn["schema"]))
    config = GenerateConfig(response_schema=schema) if held else GenerateConfig()
    for way in ("valid", "repaired"):
        output = await model.generate(messages, config=config)
        read = env.read(turn["agent"], output.completion)
        said.extend([messages[-1], output.message])
        if "action" in read:
            return way, read["action"], read["past"]
        again = f"That is no action: {read['error']}. Answer again, with the JSON object alone."
        messages += [output.message, ChatMessageUser(content=again)]
    return "invalid", turn["fallback"], turn["past"]


def _sums(scores: list[SampleScore], arm: str) -> dict[str, float]:
    sums: dict[str, float] = {}
    for one in scores:
        for name, value in (one.score.metadata or {})["counters"][arm].items():
            sums[name] = sums.get(name, 0.0) + value
    return sums


@metric
def of_sums(environment: str, params: Mapping[str, Any]) -> Metric:
    """Every metric of the environment, of counters summed over the samples."""

    def measure(scores: list[SampleScore]) -> dict[str, float]:
        env = parallel_env(environment, params=params)
        try:
            return env.metrics(_sums(scores, "attacked"), _sums(scores, "clean"))
        finally:
            env.close()

    return measure


@metric
def validity() -> Metric:
    """Shares of the decisions that were asked for: valid, repaired, and invalid, which a fallback played."""

    def measure(scores: list[SampleScore]) -> dict[str, float]:
        ways = [(one.score.metadata or {})["ways"] for one in scores]
        asked = sum(one[way] for one in ways for way in _WAYS[1:])
        return {way: sum(one[way] for one in ways) / asked if asked else 0.0 for way in _WAYS[1:]}

    return measure


def metrics(environment: str, params: Mapping[str, Any]) -> Scorer:
    """Scores a sample by its share of valid answers; `of_sums` and `validity` say the rest."""

    @scorer(metrics=[of_sums(environment, params), validity()], name="masque")
    def made() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            ways = state.metadata["ways"]
            asked = sum(ways[way] for way in _WAYS[1:])
            value = ways["valid"] / asked if asked else 1.0
            return Score(value=value, explanation=json.dumps(ways), metadata=dict(state.metadata))

        return score

    return made()

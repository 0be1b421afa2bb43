"""The golden traces of the TypeScript side, played from here: the same bytes arrive."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from typing import Any

import masque
import numpy as np
import pytest
from gymnasium import spaces

from conftest import CHECKOUT


@pytest.fixture(scope="module")
def traces() -> list[dict[str, Any]]:
    script = CHECKOUT / "test" / "serve" / "golden-actions.ts"
    node = os.environ.get("MASQUE_NODE") or shutil.which("node") or "node"
    ran = subprocess.run(
        [node, "--import", "tsx", "--conditions=masque-source", str(script)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def choices(space: spaces.Space[Any]) -> int:
    if isinstance(space, spaces.Discrete):
        return int(space.n)
    return int(space.nvec.sum()) if isinstance(space, spaces.MultiDiscrete) else 0


def played(trace: dict[str, Any]) -> str:
    """The digest of src/testing/golden.ts, over what this side sees."""
    # `Infinity` among the parameters is a string, as the server takes it.
    env = masque.vector_env(trace["id"], 1, seed=1, split="golden", autoreset="disabled", params=trace["params"])
    digest = hashlib.sha256()
    none = {role: np.zeros((1, env.roles[role].count)) for role in trace["roles"]}
    no = {role: np.zeros((1, env.roles[role].count), bool) for role in trace["roles"]}

    def show(observations: Any, rewards: Any, terminations: Any, truncations: Any, infos: Any) -> None:
        masks = infos.get("action_mask", {})
        for role in trace["roles"]:
            for arrays in (observations, rewards, terminations, truncations, infos["alive"]):
                digest.update(arrays[role].tobytes())
            of = env.roles[role]
            digest.update(masks[role].tobytes() if of.masked else b"\1" * (of.count * choices(of.action)))
        if trace["state"]:
            digest.update(env.state()[0].tobytes())
        digest.update(np.array([values[0] for values in env.counters().values()], "<f8").tobytes())

    for number, steps in enumerate(trace["episodes"]):
        observations, infos = env.reset(episode=number)
        show(observations, none, no, no, infos)
        for step in steps:
            shaped = {
                role: np.array(row).reshape(1, env.roles[role].count, -1) for role, row in zip(trace["roles"], step)
            }
            show(*env.step(shaped))
        assert infos is not None
    env.close()
    return digest.hexdigest()


def test_golden_traces_are_played_to_the_bit(traces: list[dict[str, Any]]) -> None:
    assert {trace["id"] for trace in traces} == set(masque.environments())
    assert len(traces) > len(masque.environments()), "variants are among them"
    for trace in traces:
        assert played(trace) == trace["digest"], f"{trace['id']} with {trace['params']}"


def test_the_digest_sees_other_actions(traces: list[dict[str, Any]]) -> None:
    trace = next(trace for trace in traces if trace["id"] == "simple-crypto-v3")
    trace = json.loads(json.dumps(trace))
    first = trace["episodes"][0][0]
    first[0][0] = (first[0][0] + 1) % 4
    assert played(trace) != trace["digest"]

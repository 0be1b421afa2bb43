"""Inspect plays Masque, with its own mock model: no network."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import masque
import pytest

pytest.importorskip("inspect_ai", reason="skipped: Inspect is not installed (pip install inspect-ai)")

from inspect_ai import eval as inspect_eval  # noqa: E402
from inspect_ai.model import ModelOutput, ModelUsage, get_model  # noqa: E402
from masque.inspect import game  # noqa: E402

ENVIRONMENT = "stealth-takeover-v0"


def _mock(answer: Any) -> Any:
    def outputs() -> Any:
        while True:
            output = ModelOutput.from_content("mockllm", answer if isinstance(answer, str) else next(answer))
            # Inspect counts tokens by a file from the network where nobody says how many there were.
            output.usage = ModelUsage(input_tokens=100, output_tokens=10, total_tokens=110)
            yield output

    return get_model("mockllm/model", custom_outputs=outputs())


def _run(role: str, answer: Any, tmp_path: Any, **options: Any) -> Any:
    model = _mock(answer)
    task = game(ENVIRONMENT, role, params={"resources": 2, "steps": 4}, **options)
    (log,) = inspect_eval(task, model=model, log_dir=str(tmp_path), display="none")
    assert log.status == "success", log.error
    return log


def _said(log: Any) -> str:
    """What was asked: long texts lie beside a log's events."""
    return "\n".join(text for sample in log.samples for text in sample.attachments.values())


def _values(log: Any) -> dict[str, float]:
    return {name: one.value for score in log.results.scores for name, one in score.metrics.items()}


def test_a_defender_plays_both_arms_and_is_scored_as_typescript_scores_it(tmp_path: Any) -> None:
    log = _run("warden", '{"why": "rest", "action": ["wait", "wait"]}', tmp_path, attack="hasty", episodes=3)
    values = _values(log)
    # The defence that always waits is the script `asleep`.
    sums: dict[str, dict[str, float]] = {}
    for arm, attack in (("attacked", "hasty"), ("clean", "none")):
        params = {**masque.spec(ENVIRONMENT)["text"], "resources": 2, "steps": 4}
        env = masque.parallel_env(ENVIRONMENT, control="warden", attack=attack, params=params, split=["test", 0])
        total: dict[str, float] = {}
        for episode in range(3):
            env.reset(seed=1, options={"episode": episode})
            while env.agents:
                infos = env.step({"warden_0": [0, 0]})[4]
            for name, value in infos["warden_0"]["counters"].items():
                total[name] = total.get(name, 0) + value
        sums[arm] = total
    expected = env.metrics(sums["attacked"], sums["clean"])
    for name, value in expected.items():
        assert values[name] == pytest.approx(value, abs=1e-12)
    assert values["valid"] == 1
    # Every call is in the log: three episodes of four steps, in both arms.
    calls = [event for sample in log.samples for event in sample.events if event.event == "model"]
    assert len(calls) == 24
    assert "You play a part" in _said(log)


def test_an_attacker_who_says_nothing_of_use_does_as_the_innocent_do(tmp_path: Any) -> None:
    log = _run("intruder", "I would rather not.", tmp_path, episodes=2)
    values = _values(log)
    assert values["invalid"] == 1
    assert values["security"] == 1
    assert json.loads(log.samples[0].scores["masque"].explanation) == {"forced": 0, "valid": 0, "repaired": 0, "invalid": 8}


def test_an_answer_that_is_no_action_is_asked_for_again(tmp_path: Any) -> None:
    answers = iter(['{"action": ["peek"]}', '{"action": ["scan", "wait"]}'] * 100)
    log = _run("warden", answers, tmp_path, attack="hasty", episodes=1)
    assert _values(log)["repaired"] == 1
    assert "That is no action" in _said(log)


def test_the_readme(tmp_path: Any) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    (block,) = (one for one in re.findall(r"```python\n(.*?)```", readme, re.S) if "masque.inspect" in one)
    block = block.replace('"openai/gpt-4o-mini"', "model").replace("episodes=8", "episodes=1")
    names: dict[str, Any] = {"model": _mock("Nothing.")}
    exec(block.replace("eval(game", f"logs = eval(log_dir={str(tmp_path)!r}, display='none', tasks=game"), names)
    assert _values(names["logs"][0])["invalid"] == 1


def test_unknown_roles_are_refused() -> None:
    with pytest.raises(masque.InputError, match='Unknown role of stealth-takeover-v0 "guard"'):
        game(ENVIRONMENT, "guard")

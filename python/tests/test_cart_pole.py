"""The calibration that is paired with `npm run evidence -- cart-pole`, in small."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

main: Callable[[list[str]], int] = runpy.run_path(str(Path(__file__).parents[1] / "examples" / "cart_pole.py"))["main"]


def test_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "stable_baselines3", None)
    assert main([]) == 2
    assert "`pip install stable-baselines3`" in capsys.readouterr().err


def test_it_prints_a_line_and_a_curve(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("stable_baselines3")
    assert main(["--seeds", "1", "--steps", "2048"]) == 0
    line, curve = capsys.readouterr().out.strip().split("\n")
    assert "0 of 1 at 475 or more" in line
    assert len(curve.split(": ")[1].split(" ")) == 10

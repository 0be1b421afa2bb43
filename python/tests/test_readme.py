"""What the README shows is run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import masque
import numpy as np
import pytest

BLOCKS = re.findall(r"```python\n(.*?)```", (Path(__file__).parents[1] / "README.md").read_text("utf-8"), re.S)


def test_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    ran = [block for block in BLOCKS if not re.search("stable_baselines3|torch|read_run|inspect_ai", block)]
    assert len(ran) == 3
    names: dict[str, Any] = {"masque": masque}
    for block in ran:
        names["actions"] = np.zeros((256, 10), int)
        exec(block, names)
    assert "utility" in capsys.readouterr().out
    assert names["step"].rewards["bot"].shape == (256, 10)
    assert names["observations"]["bot"].shape == (256, 10, 9)

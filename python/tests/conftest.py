from __future__ import annotations

from pathlib import Path

import masque
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that ask for an `environment` run for every one there is."""
    if "environment" in metafunc.fixturenames:
        metafunc.parametrize("environment", masque.environments())

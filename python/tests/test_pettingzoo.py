"""PettingZoo's own tests, for every environment."""

from __future__ import annotations

from types import SimpleNamespace

import masque
import numpy as np
import pytest
from pettingzoo.test import (
    api_test,
    max_cycles_test,
    parallel_api_test,
    parallel_seed_test,
    render_test,
    seed_test,
)
from pettingzoo.test.state_test import state_test

# What PettingZoo warns of is a failure, but for what these environments mean: roles see and do different things, an agent
# may see nothing but zeros, and MultiDiscrete actions are what they are.
MEANT = [
    "Agents have different observation space sizes",
    "Observations are different shapes",
    "Observation numpy array is all zeros",
    "State numpy array is all zeros",
    "Action space for each agent probably should be gymnasium.spaces.box or gymnasium.spaces.discrete",
]
pytestmark = [
    pytest.mark.filterwarnings("error"),
    *(pytest.mark.filterwarnings(f"ignore:{message}") for message in MEANT),
]


def test_parallel_api(environment: str) -> None:
    env = masque.parallel_env(environment)
    parallel_api_test(env, num_cycles=200)
    env.close()


def test_api(environment: str) -> None:
    env = masque.env(environment)
    api_test(env, num_cycles=60)
    env.close()


def test_parallel_seed(environment: str) -> None:
    parallel_seed_test(lambda: masque.parallel_env(environment), num_cycles=50)


def test_seed(environment: str) -> None:
    seed_test(lambda: masque.env(environment), num_cycles=50)


def test_max_cycles(environment: str) -> None:
    max_cycles_test(
        SimpleNamespace(
            parallel_env=lambda **options: masque.parallel_env(environment, **options),
            env=lambda **options: masque.env(environment, **options),
        )
    )


def test_state(environment: str) -> None:
    state_test(masque.env(environment), masque.parallel_env(environment), num_cycles=20)


def test_render(environment: str, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = masque.parallel_env(environment, render_mode="rgb_array")
    drawn.reset(seed=1)
    try:
        picture = drawn.render()
    except masque.InputError as error:
        assert "@resvg/resvg-js" in str(error)
        pytest.skip("the optional npm package @resvg/resvg-js is not installed")
    assert isinstance(picture, np.ndarray) and picture.shape[1:] == (640, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 3
    render_test(lambda **options: masque.env(environment, **options))
    assert capsys.readouterr().out

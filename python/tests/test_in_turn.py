"""Policies whose choices are drawn in turn, each given those before it."""

from __future__ import annotations

import masque
import numpy as np

SIZES = [2, 3, 2]


def test_agents_with_networks_of_their_own_heed_their_own_choices() -> None:
    # Nothing but the first choice decides the second: for agent 0 it is the same, for agent 1 the other.
    earlier = np.zeros((2, 4, 4), np.float32)
    earlier[0, [0, 1], [2, 3]] = earlier[1, [0, 1], [3, 2]] = 50
    tensors = {"w0": np.zeros((2, 1, 4), np.float32), "b0": np.zeros((2, 4), np.float32), "earlier": earlier}
    meta = {"kind": "mlp", "role": "bot", "obsSize": 1, "hidden": [], "activation": "tanh", "greedy": False, "networks": 2}
    policy = masque.Policy({**meta, "action": {"kind": "multi-discrete", "nvec": [2, 2]}}, tensors)
    drawn = policy.act(np.zeros((100, 1)), np.random.default_rng(2))
    assert (drawn[::2, 0] == drawn[::2, 1]).all()
    assert (drawn[1::2, 0] != drawn[1::2, 1]).all()
    assert 0 < drawn[:, 0].mean() < 1


def test_a_choice_shifts_the_logits_of_those_after_it() -> None:
    rng = np.random.default_rng(1)
    earlier = rng.normal(size=(7, 7)).astype(np.float32) * 3
    tensors = {"w0": np.zeros((1, 7), np.float32), "b0": rng.normal(size=7).astype(np.float32), "earlier": earlier}
    meta = {"kind": "mlp", "obsSize": 1, "hidden": [], "activation": "tanh", "greedy": False, "action": {"kind": "multi-discrete", "nvec": SIZES}}
    policy = masque.Policy(meta, tensors)
    logits = policy.outputs(np.zeros((1, 1)))[0]
    law: dict[tuple[int, ...], float] = {}
    for a in range(2):
        for b in range(3):
            for c in range(2):
                given = logits.copy()
                p = 1.0
                first = 0
                for size, choice in zip(SIZES, (a, b, c), strict=True):
                    part = np.exp(given[first : first + size])
                    p *= part[choice] / part.sum()
                    given[first + size :] += earlier[first + choice, first + size :]
                    first += size
                law[a, b, c] = float(p)
    rows = 20_000
    drawn = policy.act(np.zeros((rows, 1)), rng)
    for choices, p in law.items():
        share = float((drawn == np.array(choices)).all(axis=1).mean())
        assert abs(share - p) < 5 * np.sqrt(p * (1 - p) / rows) + 1e-9
    # The likeliest first choice, then the likeliest given it.
    first = int(logits[:2].argmax())
    given = logits + earlier[first] * (np.arange(7) >= 2)
    second = int(given[2:5].argmax())
    third = int((given + earlier[2 + second])[5:].argmax())
    assert policy.act(np.zeros((1, 1))).tolist() == [[first, second, third]]

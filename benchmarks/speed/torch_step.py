"""The training step of train-step.ts in PyTorch, on one core: one tanh network of the widths asked for, whose last output
is the value and whose others are logits, PPO's loss, Adam. A line of JSON asks, a number (CPU seconds a step) answers;
the first line is the version. Run by step-peer.ts.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from itertools import pairwise

import torch

torch.set_num_threads(1)
torch.manual_seed(1)


def step_of(sizes: list[int], batch: int) -> Callable[[], None]:
    choices = sizes[-1] - 1
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.Tanh()]
    net = torch.nn.Sequential(*layers[:-1])
    adam = torch.optim.Adam(net.parameters(), lr=3e-4, eps=1e-5)
    observations = torch.randn(batch, sizes[0])
    actions = torch.randint(choices, (batch, 1))
    old = torch.full((batch,), -math.log(choices))
    raw = torch.randn(batch)
    returns = torch.randn(batch)

    def update() -> None:
        advantages = (raw - raw.mean()) / (raw.std() + 1e-8)
        outputs = net(observations)
        logp = torch.log_softmax(outputs[:, :choices], 1)
        ratio = torch.exp(logp.gather(1, actions).squeeze(1) - old)
        policy = -torch.min(ratio * advantages, ratio.clamp(0.8, 1.2) * advantages).mean()
        value = 0.5 * (outputs[:, choices] - returns).square().mean()
        entropy = -(logp.exp() * logp).sum(1).mean()
        loss = policy + 0.5 * value - 0.01 * entropy
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        adam.step()

    return update


print(f"PyTorch {torch.__version__}", flush=True)
asked, update = None, None
for line in sys.stdin:
    ask = json.loads(line)
    if asked != (ask["sizes"], ask["batch"]):
        asked = (ask["sizes"], ask["batch"])
        update = step_of(*asked)
    start, count = time.process_time(), 0
    while time.process_time() < start + ask["seconds"]:
        update()
        count += 1
    print((time.process_time() - start) / count, flush=True)

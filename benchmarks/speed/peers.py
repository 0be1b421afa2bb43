"""What others do in a second, beside Masque from Python: one JSON object a line. Run by peers.ts.

Rates are per second of CPU time on one core, the best of several rounds. What goes to the server is by the clock on the
wall, since two processes take turns: the best of many short rounds, and the median of many round trips.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable

import numpy as np

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 0.4
ROUNDS = 3


def say(**figure: object) -> None:
    print(json.dumps(figure), flush=True)


def cpu_of(pid: int) -> float:
    """CPU seconds of another process, where /proc says so (in steps of 10 ms); else NaN."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return float("nan")


def rate(run: Callable[[], None], clock: Callable[[], float] = time.process_time, parts: int = 1) -> float:
    """Calls a second: the best of some rounds, after some of warm-up. Others on the machine disturb a wall clock: the
    shorter the rounds (`parts`), the likelier one is undisturbed."""
    best = 0.0
    for number in range((ROUNDS + 1) * parts):
        start, calls, spent = clock(), 0, 0.0
        while spent < SECONDS / parts:
            run()
            calls += 1
            spent = clock() - start
        if number >= parts:
            best = max(best, calls / spent)
    return best


def mpe2() -> None:
    try:
        from mpe2 import __version__, simple_crypto_v3
    except ImportError as error:
        say(peer="mpe2", missing=f"{error}; pip install mpe2")
        return
    env = simple_crypto_v3.parallel_env(max_cycles=25)
    rng = np.random.default_rng(1)
    env.reset(seed=1)
    # Drawn beforehand, as on our side; 25 steps and a reset a call.
    actions = [{agent: int(rng.integers(4)) for agent in env.agents} for _ in range(25)]

    def episode() -> None:
        env.reset()
        for step in actions:
            env.step(step)

    say(peer="mpe2", version=__version__, envStepsPerSecond=25 * rate(episode))


def bridge() -> None:
    try:
        import masque
    except ImportError as error:
        say(peer="bridge", missing=f"{error}; pip install ./python")
        return
    rng = np.random.default_rng(1)
    for name in ("simple-crypto-v3", "swarm-flood-v0"):
        env = masque.parallel_env(name)
        env.reset(seed=1)
        actions = {agent: int(rng.integers(4)) for agent in env.agents}
        times = []
        until = time.perf_counter() + 5 * SECONDS
        while (start := time.perf_counter()) < until:
            env.step(actions)
            times.append(time.perf_counter() - start)
            if not env.agents:
                env.reset()
        # The first tenth is warm-up.
        times = sorted(times[len(times) // 10 :])
        say(
            peer="round-trip",
            id=name,
            agents=len(env.possible_agents),
            microseconds=1e6 * times[len(times) // 2],
            least=1e6 * times[0],
        )
        for copies in (256, 1024) if name == "swarm-flood-v0" else (1024,):
            world = masque.vector_env(name, copies)
            world.reset(seed=1)
            batch = {role: rng.integers(4, size=(copies, world.roles[role].count)) for role in world.controlled}
            agents = sum(role.count for role in world.roles.values())
            steps = rate(lambda: void(world.step(batch)), time.perf_counter, parts=10)
            pid = world._world.server._process.pid
            start, calls = time.process_time() + cpu_of(pid), 0
            until = time.perf_counter() + 5 * SECONDS
            while time.perf_counter() < until:
                world.step(batch)
                calls += 1
            spent = time.process_time() + cpu_of(pid) - start
            say(
                peer="bridge",
                id=name,
                copies=copies,
                envStepsPerSecond=steps * copies,
                agentStepsPerSecond=steps * copies * agents,
                # Of both processes; null where that cannot be known.
                agentStepsPerCpuSecond=calls / spent * copies * agents if spent == spent else None,
            )


def void(_: object) -> None:
    pass


mpe2()
bridge()

"""Masque's environments of multi-agent security in Python.

    import masque

    env = masque.parallel_env("swarm-flood-v0")             # PettingZoo's ParallelEnv
    env = masque.env("swarm-flood-v0")                      # PettingZoo's AECEnv
    env = masque.vector_env("swarm-flood-v0", 256)          # arrays, many copies a step
    masque.spec("swarm-flood-v0")                           # roles, parameters, attacks, defences
    masque.read_run("runs/quickstart").points               # a finished run as rows for pandas
    masque.export_policy(module, "swarm-flood-v0", "bot", "my-bot")   # a PyTorch network, as Masque plays it

The environments are played by a Node.js process (`masque serve`), which this package finds and starts by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pettingzoo import AECEnv
from pettingzoo.utils import OrderEnforcingWrapper, parallel_to_aec

from .errors import InputError, InternalError, MasqueError, ServerGone
from .parallel import MasqueEnv
from .policies import Policy, export_policy, load_policy
from .runs import Run, read_run
from .server import DESCRIBE, Server, shared
from .vector import Step, VectorEnv
from .world import Role

__version__ = "0.1.0"
__all__ = [
    "InputError",
    "InternalError",
    "MasqueEnv",
    "MasqueError",
    "Policy",
    "Role",
    "Run",
    "Server",
    "ServerGone",
    "Step",
    "VectorEnv",
    "env",
    "environments",
    "export_policy",
    "load_policy",
    "parallel_env",
    "read_run",
    "shared",
    "spec",
    "vector_env",
]


def parallel_env(environment: str, **options: Any) -> MasqueEnv:
    """An environment as PettingZoo's ParallelEnv.

    environment: its id, as in "swarm-flood-v0" (`environments()` lists them).
    options: the environment's parameters (`spec` lists them), and
        params: parameters as a dict, for names that are taken here.
        render_mode: "ansi" (text), "rgb_array" or "human" (prints the text); width: columns or pixels.
        max_cycles: truncates episodes after so many steps, if they are longer.
        control: roles that you play; the server plays the others. Default: all, or those on the side that no script is
            named for. attack, defence: names of the scripts for the attackers, and for everyone else
            (as `masque eval` takes them; where a side is not yours, "none" and "default").
        clean: also plays every episode without attack, for the metrics that compare with it.
        split: label, or labels, that name the episodes' seeds.
        server: a `Server` of its own.

    Raises InputError for bad parameters and unknown names, ServerGone where Node.js or Masque is missing.
    """
    return MasqueEnv(environment, **options)


def env(environment: str, **options: Any) -> AECEnv[str, Any, Any]:
    """An environment as PettingZoo's AECEnv: agents act one after the other. Options as for `parallel_env`."""
    wrapped: AECEnv[str, Any, Any] = OrderEnforcingWrapper(parallel_to_aec(MasqueEnv(environment, **options)))
    return wrapped


def vector_env(environment: str, copies: int, **options: Any) -> VectorEnv:
    """Many copies of an environment, stepped together: one message a step, arrays by role.

    options: as for `parallel_env` (no rendering options), and
        seed: of the first episodes. autoreset: "same-step" (default), "next-step" or "disabled".
    """
    return VectorEnv(environment, copies, **options)


def spec(environment: str, *, server: Server | None = None, **params: Any) -> Mapping[str, Any]:
    """What there is to know: summary, roles and spaces at these parameters, parameters, knobs, metrics, attacks, defences."""
    return (server or shared()).ask(DESCRIBE, {"environment": environment, "params": params})


def environments(*, server: Server | None = None) -> list[str]:
    """Ids of all environments."""
    return list((server or shared()).environments)

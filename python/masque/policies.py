"""Policies as the data that Masque plays: exported from PyTorch, and read back into NumPy."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InputError
from .server import DESCRIBE, Server, shared

Array = npt.NDArray[np.float32]


def export_policy(
    module: Any,
    environment: str,
    role: str,
    path: str | Path,
    *,
    greedy: bool | None = None,
    agent_ids: bool = False,
    normalise: tuple[Any, Any] | None = None,
    server: Server | None = None,
    **params: Any,
) -> Path:
    """Writes a PyTorch network as a policy of Masque: `path`.json and `path`.safetensors. Nothing in them is code.

    module: what maps observations to logits (discrete actions), logits end to end (multi-discrete) or means (box):
        Linear layers with Tanh or ReLU between them, in Sequentials as deep as you like; or
        a Stable-Baselines3 algorithm or its policy (PPO, A2C, DQN with MlpPolicy); or
        a CleanRL agent (`actor`, `actor_mean` with `actor_logstd`, or a `network` of action values); or
        a module with `gru` (a one-layer nn.GRU or nn.GRUCell) and `head` (layers as above), with memory; `encoder`, where it
        has one, stands before the gru, with a Tanh or ReLU behind each of its layers; or
        a list of such modules of one shape, a network of its own for every agent of the role in their order.
    environment, role, params: what it plays, at which parameters.
    greedy: takes the likeliest action instead of drawing one. Default: only networks of action values.
    agent_ids: it sees, behind the observation, which agent of its role it plays: a 1 in as many numbers as the role has agents.
    normalise: mean and standard deviation of observations, where it was trained on standardised ones.

    Returns the path without an ending, as `masque eval --policy` takes it. Raises InputError for what cannot be expressed.
    """
    described = (server or shared()).ask(DESCRIBE, {"environment": environment, "params": params})
    roles: Mapping[str, Any] = described["roles"]
    if role not in roles:
        raise InputError(f"{environment} has no role {role!r}. Known: {', '.join(roles)}.")
    space, action = roles[role]["observation"], roles[role]["action"]
    if space["kind"] != "box":
        raise InputError(f"{role} of {environment} sees a {space['kind']}; expected a box.")
    size = int(np.prod(space["shape"]))
    outputs = _outputs(action)
    agents = int(roles[role]["count"])
    own = isinstance(module, list | tuple) or type(module).__name__ == "ModuleList"
    if agents == 1 and (agent_ids or own):
        raise InputError(f"{role} of {environment} is one agent at these parameters; agent_ids and lists of networks tell several apart.")
    if own and (len(module) != agents or agent_ids):
        raise InputError(f"got {len(module)} networks, expected one for each of the {agents} agents of {role}, without agent_ids.")
    nets = [_read(one) for one in (module if own else [module])]
    parts = [_tensors(net, size + (agents if agent_ids else 0)) for net in nets]
    net, tensors = nets[0], parts[0]
    widths = [len(tensors[f"b{i}"]) for i in range(len(net.layers))]
    if widths.pop() != outputs:
        raise InputError(f"the network has {len(tensors[f'b{len(widths)}'])} outputs; {role} of {environment} needs {outputs}.")
    if action["kind"] == "box" and net.log_std is None:
        raise InputError(f"{role} has box actions: the module needs a log standard deviation (`actor_logstd`).")
    for one, part in zip(nets, parts):
        if action["kind"] == "box" and one.log_std is not None:
            part["logStd"] = _numbers(one.log_std).reshape(-1)
        if normalise is not None:
            part["mean"] = np.asarray(normalise[0], np.float32).reshape(-1)
            part["std"] = np.asarray(normalise[1], np.float32).reshape(-1)
    if own:
        shapes = [{name: tensor.shape for name, tensor in part.items()} for part in parts]
        if any(shape != shapes[0] or one.activation != net.activation for shape, one in zip(shapes, nets)):
            raise InputError("networks of a role's agents have one shape and one activation.")
        tensors = {name: np.stack([part[name] for part in parts]) for name in tensors}
    weights = _encode(tensors)
    meta = {
        "format": 1,
        "kind": "mlp" if net.gru is None else "gru",
        "environment": described["id"],
        "role": role,
        "baseline": "pytorch",
        "obsSize": size,
        "action": action,
        "hidden": widths,
        "activation": net.activation,
        "conditioned": False,
        "joint": False,
        "greedy": net.values if greedy is None else greedy,
        "extra": {},
        "weights": hashlib.sha256(weights).hexdigest(),
    }
    if agent_ids:
        meta["agentIds"] = agents
    if own:
        meta["networks"] = agents
    if net.gru is not None:
        meta["recurrent"] = int(net.gru.hidden_size)
    if net.encoder:
        meta["encoder"] = [int(layer.weight.shape[0]) for layer in net.encoder]
    base = Path(str(path).removesuffix(".json").removesuffix(".safetensors"))
    base.parent.mkdir(parents=True, exist_ok=True)
    base.with_name(base.name + ".safetensors").write_bytes(weights)
    base.with_name(base.name + ".json").write_text(json.dumps(meta, indent=2) + "\n", "utf-8")
    return base


class Policy:
    """A saved policy (mlp or gru) in NumPy. The same numbers as Masque's own to about 1e-5: float32 sums in another order."""

    def __init__(self, meta: Mapping[str, Any], tensors: Mapping[str, Array]) -> None:
        self.meta = meta
        self.tensors = tensors
        self._state: Array | None = None
        networks = meta.get("networks", 0)
        self._own = [
            Policy({**meta, "networks": 0}, {name: part[agent] for name, part in tensors.items()}) for agent in range(networks)
        ]

    def reset(self) -> None:
        """Begins an episode: forgets what a gru remembers."""
        self._state = None
        for own in self._own:
            own.reset()

    def outputs(self, observations: npt.ArrayLike) -> Array:
        """Logits, or means of box actions, `[rows, outputs]`. A gru goes on from the step before.

        Where agents are told apart, or have networks of their own, row i is agent i % count of the role.
        """
        x = np.asarray(observations, np.float32).reshape(-1, self.meta["obsSize"])
        agents = self.meta.get("agentIds") or len(self._own) or 1
        if len(x) % agents:
            raise InputError(f"got {len(x)} observations, expected all {agents} agents of {self.meta['role']} in every copy.")
        if self._own:
            parts = [own.outputs(x[agent::agents]) for agent, own in enumerate(self._own)]
            return np.stack(parts, axis=1).reshape(len(x), -1)
        t = self.tensors
        if "mean" in t:
            x = np.clip((x - t["mean"]) / t["std"], -10, 10).astype(np.float32)
        if "agentIds" in self.meta:
            x = np.hstack([x, np.tile(np.eye(agents, dtype=np.float32), (len(x) // agents, 1))])
        if self.meta["kind"] == "gru":
            x = self._remember(x)
        layers = len(self.meta["hidden"]) + 1
        for i in range(layers):
            x = np.asarray(x @ t[f"w{i}"] + t[f"b{i}"], np.float32)
            if i < layers - 1:
                x = self._activate(x)
        return x

    def _activate(self, x: Array) -> Array:
        return np.asarray(np.tanh(x) if self.meta["activation"] == "tanh" else np.maximum(x, 0), np.float32)

    def act(self, observations: npt.ArrayLike, rng: np.random.Generator | None = None) -> npt.NDArray[Any]:
        """Actions, one a row: the likeliest where the policy is greedy or no `rng` is given, else drawn."""
        out = self.outputs(observations)
        action = self.meta["action"]
        draw = None if self.meta["greedy"] else rng
        if action["kind"] == "box":
            deviations = np.exp(self.tensors["logStd"]).reshape(-1, out.shape[1])
            noise = 0 if draw is None else draw.standard_normal(out.shape) * np.resize(deviations, out.shape)
            shape = action["shape"]
            low, high = (np.broadcast_to(np.asarray(action[end], np.float32).reshape(-1), out.shape[1:]) for end in ("low", "high"))
            return np.asarray(np.clip(out + noise, low, high), np.float32).reshape(-1, *shape)
        heads: Sequence[int] = [action["n"]] if action["kind"] == "discrete" else action["nvec"]
        earlier = self.tensors.get("earlier")
        if earlier is not None:  # one of every network, where agents have their own
            earlier = earlier.reshape(-1, out.shape[1], out.shape[1])
            own = np.arange(len(out)) % len(earlier)
        chosen = []
        first = 0
        for size in heads:
            part = out[:, first : first + size]
            chosen.append((part + (0 if draw is None else draw.gumbel(size=part.shape))).argmax(axis=1))
            if earlier is not None:  # what was chosen shifts the logits of what comes after it
                out[:, first + size :] += earlier[own, first + chosen[-1], first + size :]
            first += size
        if action["kind"] == "discrete":
            return np.asarray(chosen[0] + int(action.get("start", 0)))
        return np.asarray(np.stack(chosen, axis=1))

    def _remember(self, x: Array) -> Array:
        t = self.tensors
        cells = self.meta["recurrent"]
        for i in range(len(self.meta.get("encoder", []))):
            x = self._activate(np.asarray(x @ t[f"we{i}"] + t[f"be{i}"], np.float32))
        if self._state is None or len(self._state) != len(x):
            self._state = np.zeros((len(x), cells), np.float32)
        h = self._state
        ours, theirs = x @ t["wi"] + t["bi"], h @ t["wh"] + t["bh"]
        gate = [slice(i * cells, (i + 1) * cells) for i in range(3)]
        reset = _sigmoid(ours[:, gate[0]] + theirs[:, gate[0]])
        update = _sigmoid(ours[:, gate[1]] + theirs[:, gate[1]])
        fresh = np.tanh(ours[:, gate[2]] + reset * theirs[:, gate[2]])
        self._state = ((1 - update) * fresh + update * h).astype(np.float32)
        return self._state


def load_policy(path: str | Path) -> Policy:
    """Reads a policy that Masque or `export_policy` saved. Raises InputError for other kinds than mlp and gru, and for joint ones."""
    base = str(path).removesuffix(".json").removesuffix(".safetensors")
    try:
        meta = json.loads(Path(base + ".json").read_text("utf-8"))
        weights = Path(base + ".safetensors").read_bytes()
    except OSError as error:
        raise InputError(f"there is no policy {path}: {error}") from error
    if hashlib.sha256(weights).hexdigest() != meta.get("weights"):
        raise InputError(f"{base}.safetensors is not what {base}.json describes.")
    if meta["kind"] not in ("mlp", "gru") or meta.get("joint") or meta.get("conditioned"):
        raise InputError(f"{path}: a {meta['kind']} policy that is joint or conditioned, or of another kind; Masque itself plays it.")
    return Policy(meta, _decode(weights))


class _Net:
    def __init__(
        self,
        layers: list[Any],
        activation: str,
        *,
        encoder: Sequence[Any] = (),
        gru: Any = None,
        log_std: Any = None,
        values: bool = False,
    ) -> None:
        self.layers = layers
        self.activation = activation
        self.encoder = list(encoder)
        self.gru = gru
        self.log_std = log_std
        self.values = values


def _read(module: Any) -> _Net:
    """Finds the network in what is given."""
    inner = getattr(module, "policy", module)  # a Stable-Baselines3 algorithm
    if hasattr(inner, "mlp_extractor") and hasattr(inner, "action_net"):
        layers, activation = _layers([inner.mlp_extractor.policy_net, inner.action_net])
        return _Net(layers, activation, log_std=getattr(inner, "log_std", None))
    if hasattr(inner, "q_net"):
        return _Net(*_layers([inner.q_net.q_net]), values=True)
    if hasattr(inner, "gru") and hasattr(inner, "head"):
        layers, activation = _layers([inner.head])
        if not hasattr(inner, "encoder"):
            return _Net(layers, activation, gru=inner.gru)
        before, behind = _layers([inner.encoder], ends=True)
        if len(layers) > 1 and behind != activation:
            raise InputError(f"encoder and head have one activation; got {behind} and {activation}.")
        return _Net(layers, behind, encoder=before, gru=inner.gru)
    if hasattr(inner, "actor_mean"):
        return _Net(*_layers([inner.actor_mean]), log_std=inner.actor_logstd)
    if hasattr(inner, "actor"):
        return _Net(*_layers([inner.actor]))
    if hasattr(inner, "network"):
        return _Net(*_layers([inner.network]), values=True)
    return _Net(*_layers([inner]))


def _tensors(net: _Net, width: int) -> dict[str, Array]:
    """The numbers of a network that sees `width` numbers, by the names they have in a policy's file."""
    tensors: dict[str, Array] = {}

    def dense(layers: Sequence[Any], end: str, width: int) -> int:
        for i, layer in enumerate(layers):
            weight = _numbers(layer.weight)
            if weight.shape[1] != width:
                raise InputError(f"layer {i} takes {weight.shape[1]} numbers; what comes before it has {width}.")
            tensors[f"w{end}{i}"] = np.ascontiguousarray(weight.T)
            tensors[f"b{end}{i}"] = np.zeros(len(weight), np.float32) if layer.bias is None else _numbers(layer.bias)
            width = len(weight)
        return width

    width = dense(net.encoder, "e", width)
    if net.gru is not None:
        width = _add_gru(net.gru, width, tensors)
    dense(net.layers, "", width)
    return tensors


def _layers(modules: Sequence[Any], *, ends: bool = False) -> tuple[list[Any], str]:
    """Linear layers in their order, and what lies between them; with `ends`, behind the last as well."""
    flat: list[Any] = []

    def visit(module: Any) -> None:
        if type(module).__name__ == "Sequential":
            for child in module:
                visit(child)
        else:
            flat.append(module)

    for module in modules:
        visit(module)
    kinds = [type(module).__name__ for module in flat]
    unknown = sorted(set(kinds) - {"Linear", "Tanh", "ReLU", "Identity", "Flatten"})
    if unknown:
        raise InputError(f"a policy has Linear layers with Tanh or ReLU between them; got {', '.join(unknown)}.")
    words = [kind for kind in kinds if kind in ("Linear", "Tanh", "ReLU")]
    between = {word for word in words if word != "Linear"}
    linear = words.count("Linear")
    expected = [word for i in range(linear) for word in ([*between] if i else []) + ["Linear"]] + ([*between] if ends else [])
    if len(between) > 1 or words != expected or linear == 0 or (linear + ends > 1 and not between):
        where = "each" if ends else "each but the last"
        raise InputError(f"expected Linear layers with one of Tanh and ReLU after {where}; got {', '.join(words) or 'nothing'}.")
    return [module for module in flat if type(module).__name__ == "Linear"], "relu" if between == {"ReLU"} else "tanh"


def _add_gru(gru: Any, size: int, tensors: dict[str, Array]) -> int:
    """PyTorch's gates lie in the order reset, update, new, as Masque's do."""
    if getattr(gru, "num_layers", 1) != 1 or getattr(gru, "bidirectional", False):
        raise InputError("a gru has one layer and one direction.")
    if gru.input_size != size:
        raise InputError(f"the gru takes {gru.input_size} numbers; observations have {size}.")
    end = "" if hasattr(gru, "weight_ih") else "_l0"
    for ours, theirs in (("wi", "weight_ih"), ("wh", "weight_hh")):
        tensors[ours] = np.ascontiguousarray(_numbers(getattr(gru, theirs + end)).T)
    for ours, theirs in (("bi", "bias_ih"), ("bh", "bias_hh")):
        bias = getattr(gru, theirs + end, None)
        tensors[ours] = np.zeros(3 * gru.hidden_size, np.float32) if bias is None else _numbers(bias)
    return int(gru.hidden_size)


def _numbers(tensor: Any) -> Array:
    return np.asarray(tensor.detach().cpu().numpy(), np.float32)


def _outputs(action: Mapping[str, Any]) -> int:
    if action["kind"] == "discrete":
        return int(action["n"])
    return int(sum(action["nvec"])) if action["kind"] == "multi-discrete" else int(np.prod(action["shape"]))


def _sigmoid(x: Array) -> Array:
    return (1 / (1 + np.exp(-x))).astype(np.float32)


def _encode(tensors: Mapping[str, Array]) -> bytes:
    """The safetensors format: a header of JSON, then the numbers, in the order of their names."""
    header: dict[str, Any] = {}
    body = b""
    for name in sorted(tensors):
        data = np.ascontiguousarray(tensors[name], "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def _decode(data: bytes) -> dict[str, Array]:
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    body = data[8 + length :]
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"]).astype(np.float32)
        for name, entry in header.items()
        if name != "__metadata__"
    }

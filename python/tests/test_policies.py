"""Networks from PyTorch, played by Masque as they play in Python. Needs torch: skipped where it is not installed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import masque
import numpy as np
import numpy.typing as npt
import pytest
from masque.find import command

torch = pytest.importorskip("torch")
nn = torch.nn

ENVIRONMENT = "jailbreak-cascade-v2"
SMALL = {"nodes": 60, "steps": 20}
EPISODES = 6


def evaluate(path: Path, *more: str, environment: str = ENVIRONMENT, params: Mapping[str, int] = SMALL) -> dict[str, Any]:
    """What `masque eval` gives of a saved policy."""
    words = [f"{name}={value}" for name, value in params.items()]
    line = [*command(), "eval", environment, *words, "--policy", str(path), "--episodes", str(EPISODES), "--seed", "9", "--json", *more]
    found = subprocess.run([word for word in line if word != "serve"], capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(found.stdout)
    return result


def mean_return(
    policy: masque.Policy, role: str = "attacker", environment: str = ENVIRONMENT, params: Mapping[str, int] = SMALL
) -> float:
    """The same episodes, played from Python: the mean over a role's agents."""
    world = masque.vector_env(environment, EPISODES, seed=9, split=["test", 0], control=role, **params)
    observations, _ = world.reset()
    policy.reset()
    total, count = 0.0, world.roles[role].count
    for _ in range(world.horizon):
        actions = policy.act(observations[role].reshape(EPISODES * count, -1))
        step = world.step({role: actions.reshape(EPISODES, count, *actions.shape[1:])})
        observations = step.observations
        total += float(step.rewards[role].sum())
    world.close()
    return total / (EPISODES * count)


def attacker_net(seed: int, hidden: int = 16) -> Any:
    torch.manual_seed(seed)
    layers = [nn.Linear(14, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh(), nn.Linear(hidden, 16)]
    net = nn.Sequential(*layers)
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=1.0)
            nn.init.normal_(layer.bias, std=0.5)
    return net


class CleanRl(nn.Module):
    """An agent as CleanRL writes them."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.critic = nn.Sequential(nn.Linear(14, 8), nn.Tanh(), nn.Linear(8, 1))
        self.actor = attacker_net(seed)


class Recurrent(nn.Module):
    def __init__(self, seed: int, cell: bool) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.gru = nn.GRUCell(14, 12) if cell else nn.GRU(14, 12)
        self.head = nn.Sequential(nn.Linear(12, 16))
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=1.0)


def observations(n: int, size: int = 14) -> npt.NDArray[np.float32]:
    return np.random.default_rng(3).uniform(0, 1, (n, size)).astype(np.float32)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_perceptron_plays_the_same_on_both_sides(tmp_path: Path, seed: int) -> None:
    net = CleanRl(seed)
    path = masque.export_policy(net, ENVIRONMENT, "attacker", tmp_path / "mine", greedy=True, **SMALL)
    policy = masque.load_policy(path)
    seen = observations(500)
    with torch.no_grad():
        theirs = net.actor(torch.from_numpy(seen)).numpy()
    assert np.abs(policy.outputs(seen) - theirs).max() < 1e-4
    played = evaluate(path)["results"][0]["returns"]["attacker"]
    assert played == pytest.approx(mean_return(policy), abs=1e-6)


@pytest.mark.parametrize("cell", [True, False])
def test_a_gru_remembers_the_same_on_both_sides(tmp_path: Path, cell: bool) -> None:
    net = Recurrent(5, cell)
    path = masque.export_policy(net, ENVIRONMENT, "attacker", tmp_path / "gru", greedy=True, **SMALL)
    policy = masque.load_policy(path)
    hidden = torch.zeros(4, 12)
    for t in range(10):
        seen = observations(4 * (t + 1))[-4:]
        with torch.no_grad():
            hidden = net.gru(torch.from_numpy(seen), hidden) if cell else net.gru(torch.from_numpy(seen)[None], hidden[None])[1][0]
            theirs = net.head(hidden).numpy()
        assert np.abs(policy.outputs(seen) - theirs).max() < 1e-4
    assert evaluate(path)["results"][0]["returns"]["attacker"] == pytest.approx(mean_return(policy), abs=1e-6)


class Encoded(nn.Module):
    """Two layers before the gru, as EPyMARL has one."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(6)
        self.encoder = nn.Sequential(nn.Linear(14, 10), nn.ReLU(), nn.Linear(10, 9), nn.ReLU())
        self.gru = nn.GRUCell(9, 12)
        self.head = nn.Linear(12, 16)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.7)


def test_layers_before_a_gru_play_the_same_on_both_sides(tmp_path: Path) -> None:
    net = Encoded()
    path = masque.export_policy(net, ENVIRONMENT, "attacker", tmp_path / "gru", greedy=True, **SMALL)
    policy = masque.load_policy(path)
    hidden = torch.zeros(4, 12)
    for t in range(10):
        seen = observations(4 * (t + 1))[-4:]
        with torch.no_grad():
            hidden = net.gru(net.encoder(torch.from_numpy(seen)), hidden)
            theirs = net.head(hidden).numpy()
        assert np.abs(policy.outputs(seen) - theirs).max() < 1e-4
    assert evaluate(path)["results"][0]["returns"]["attacker"] == pytest.approx(mean_return(policy), abs=1e-6)
    net.encoder = nn.Linear(14, 9)
    with pytest.raises(masque.InputError, match="one of Tanh and ReLU after each; got Linear"):
        masque.export_policy(net, ENVIRONMENT, "attacker", tmp_path / "no", **SMALL)


SWARM = {"bots": 3, "steps": 16, "warmUp": 4}


def test_networks_of_their_own_play_the_same_on_both_sides(tmp_path: Path) -> None:
    with masque.vector_env("swarm-flood-v0", 1, control="bot", **SWARM) as world:
        size, choices = world.reset()[0]["bot"].shape[-1], world.action_space("bot").n
    torch.manual_seed(4)
    nets = [nn.Sequential(nn.Linear(size, 8), nn.Tanh(), nn.Linear(8, choices)) for _ in range(3)]
    for net in nets:
        for parameter in net.parameters():
            nn.init.normal_(parameter)
    path = masque.export_policy(nets, "swarm-flood-v0", "bot", tmp_path / "bot", greedy=True, **SWARM)
    policy = masque.load_policy(path)
    seen = observations(6, size)
    with torch.no_grad():
        theirs = np.stack([nets[row % 3](torch.from_numpy(seen[row])).numpy() for row in range(6)])
    assert np.abs(policy.outputs(seen) - theirs).max() < 1e-4
    played = evaluate(path, environment="swarm-flood-v0", params=SWARM)["results"][0]["returns"]["bot"]
    assert played == pytest.approx(mean_return(policy, "bot", "swarm-flood-v0", SWARM), abs=1e-6)
    with pytest.raises(masque.InputError, match="got 2 networks, expected one for each of the 3 agents of bot"):
        masque.export_policy(nets[:2], "swarm-flood-v0", "bot", tmp_path / "no", **SWARM)
    nets[2] = nn.Sequential(nn.Linear(size, 9), nn.Tanh(), nn.Linear(9, choices))
    with pytest.raises(masque.InputError, match="have one shape"):
        masque.export_policy(nn.ModuleList(nets), "swarm-flood-v0", "bot", tmp_path / "no", **SWARM)


def test_agents_told_apart_play_the_same_on_both_sides(tmp_path: Path) -> None:
    with masque.vector_env("swarm-flood-v0", 1, control="bot", **SWARM) as world:
        size, choices = world.reset()[0]["bot"].shape[-1], world.action_space("bot").n
    torch.manual_seed(4)
    net = nn.Linear(size + 3, choices)
    nn.init.normal_(net.weight)
    path = masque.export_policy(net, "swarm-flood-v0", "bot", tmp_path / "bot", greedy=True, agent_ids=True, **SWARM)
    policy = masque.load_policy(path)
    seen = observations(6, size)
    with torch.no_grad():
        theirs = net(torch.from_numpy(np.hstack([seen, np.tile(np.eye(3, dtype=np.float32), (2, 1))]))).numpy()
    assert np.abs(policy.outputs(seen) - theirs).max() < 1e-4
    played = evaluate(path, environment="swarm-flood-v0", params=SWARM)["results"][0]["returns"]["bot"]
    assert played == pytest.approx(mean_return(policy, "bot", "swarm-flood-v0", SWARM), abs=1e-6)
    with pytest.raises(masque.InputError, match="got 4 observations, expected all 3 agents of bot"):
        policy.outputs(observations(4, size))
    with pytest.raises(masque.InputError, match="is one agent at these parameters"):
        masque.export_policy(net, ENVIRONMENT, "filter", tmp_path / "no", agent_ids=True, **SMALL)


@pytest.mark.parametrize("setting", ["agentIds=true", "shareParameters=false", "memory=gru"])
def test_what_masque_trains_plays_the_same_on_both_sides(tmp_path: Path, setting: str) -> None:
    words = [f"{name}={value}" for name, value in SWARM.items()]
    line = [*command(), "train", "swarm-flood-v0", *words, "--baseline", "ippo", "--budget", "512", "--out", str(tmp_path / "t")]
    for one in (setting, "copies=16", "rolloutSteps=16", "hidden=[8]", "learningRate=0.1"):
        line += ["--set", one]
    subprocess.run([word for word in line if word != "serve"], capture_output=True, check=True)
    described = tmp_path / "t" / "bot.json"
    described.write_text(described.read_text("utf-8").replace('"greedy": false', '"greedy": true'), "utf-8")
    played = evaluate(tmp_path / "t" / "bot", environment="swarm-flood-v0", params=SWARM)["results"][0]["returns"]["bot"]
    policy = masque.load_policy(tmp_path / "t" / "bot")
    assert played == pytest.approx(mean_return(policy, "bot", "swarm-flood-v0", SWARM), abs=1e-6)


def test_a_defence_is_exported_and_played_too(tmp_path: Path) -> None:
    torch.manual_seed(7)
    net = nn.Sequential(nn.Linear(13, 8), nn.ReLU(), nn.Linear(8, 6))
    path = masque.export_policy(net, ENVIRONMENT, "filter", tmp_path / "filter", greedy=True, **SMALL)
    result = evaluate(path, "--attack", "stealth")
    assert str(path) in result["defence"]
    assert 0 <= result["results"][0]["metrics"]["security"]["mean"] <= 1


def test_stable_baselines3_is_exported_as_it_is(tmp_path: Path) -> None:
    sb3 = pytest.importorskip("stable_baselines3")
    from masque.sb3 import RoleVecEnv

    world = masque.vector_env(ENVIRONMENT, 4, seed=1, control="attacker", **SMALL)
    model = sb3.PPO("MlpPolicy", RoleVecEnv(world), n_steps=20, batch_size=40, n_epochs=1, seed=1)
    model.learn(80)
    path = masque.export_policy(model, ENVIRONMENT, "attacker", tmp_path / "ppo", greedy=True, **SMALL)
    policy = masque.load_policy(path)
    seen = observations(300)
    theirs, _ = model.predict(seen, deterministic=True)
    # Where two choices are as good as equal, float32 sums in another order may decide otherwise.
    assert (policy.act(seen) == theirs).all(axis=1).mean() > 0.99
    assert evaluate(path)["results"][0]["returns"]["attacker"] == pytest.approx(mean_return(policy), abs=1e-6)
    world.close()


def test_what_cannot_be_expressed_is_refused_in_words(tmp_path: Path) -> None:
    def refused(net: Any, words: str, role: str = "attacker") -> None:
        with pytest.raises(masque.InputError, match=words):
            masque.export_policy(net, ENVIRONMENT, role, tmp_path / "no", **SMALL)

    refused(nn.Sequential(nn.Linear(14, 8), nn.GELU(), nn.Linear(8, 16)), "got GELU")
    refused(nn.Sequential(nn.Linear(14, 8), nn.Tanh(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 16)), "one of Tanh and ReLU")
    refused(nn.Sequential(nn.Linear(14, 8), nn.Linear(8, 16)), "expected|one of")
    refused(nn.Linear(14, 5), "5 outputs; attacker of .* needs 16")
    refused(nn.Linear(9, 16), "takes 9 numbers")
    refused(nn.Linear(14, 16), "no role", role="nobody")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(masque.InputError, match="there is no policy"):
        masque.load_policy(tmp_path / "nowhere")


def test_a_damaged_policy_is_refused_on_both_sides(tmp_path: Path) -> None:
    path = masque.export_policy(attacker_net(1), ENVIRONMENT, "attacker", tmp_path / "mine", **SMALL)
    weights = path.with_name("mine.safetensors")
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\0")
    with pytest.raises(masque.InputError, match="is not what"):
        masque.load_policy(path)
    with pytest.raises(subprocess.CalledProcessError):
        evaluate(path)


def test_the_readme_exports_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    block = text.split("## Take a trained network back")[1].split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"masque": masque, "observations": observations(5, 13)}
    exec(block, names)
    assert names["policy"].act(names["observations"]).shape == (5,)


def test_a_trained_defence_and_a_recurrent_attack_stand_on_a_board(tmp_path: Path) -> None:
    """What docs/leaderboard.md says, in an empty folder, with networks from PyTorch."""
    page = (Path(__file__).parents[2] / "docs" / "leaderboard.md").read_text("utf-8")
    for name in ("benchmarks/tracks/leaks.yaml", "my-defence.yaml"):
        text = page.split(f"# {name}\n")[1].split("```")[0]
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text.replace("policy: alternate", "policy: { policy: my-monitor }"), "utf-8")
    small = {"streams": 32, "leakers": 8, "steps": 100, "sweep": 8}
    torch.manual_seed(2)
    masque.export_policy(nn.Linear(6, 3), "low-and-slow-v0", "monitor", tmp_path / "my-monitor", **small)

    class Attack(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRUCell(6, 4)
            self.head = nn.Linear(4, 5)
            nn.init.constant_(self.head.bias, 0.0)
            with torch.no_grad():
                self.head.bias[4] = 9.0  # leaks all it can

    masque.export_policy(Attack(), "low-and-slow-v0", "leaker", tmp_path / "my-leaker", greedy=True, **small)

    def say(*words: str) -> str:
        line = [*command(), *words]
        found = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True)
        assert found.returncode == 0, found.stderr
        return found.stdout

    say("run", "my-defence.yaml", "--out", "runs/my-defence", "--plugins", ".", "--quiet")
    say("submit", "runs/my-defence", "--author", "me", "--plugins", ".")
    say("leaderboard", "keeper", "entries", "--key", "keeper.pem", "--name", "Keeper")
    assert "Signed by Keeper" in say("leaderboard", "verify", "entries", "--key", "keeper.pem", "--plugins", ".", "--quiet")
    say("leaderboard", "build", "entries", "--out", "site", "--plugins", ".")
    index = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert "entries/my-defence.html" in index and "not ranked" not in index
    assert "points" in say("submit", "my-leaker", "--against", "entries", "--author", "me", "--plugins", ".", "--quiet")

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import masque
import numpy as np
import pytest
from gymnasium import spaces
from masque import find
from masque.server import STEP

from conftest import CHECKOUT


def sample(env: masque.MasqueEnv) -> dict[str, int]:
    return {agent: env.action_space(agent).sample() for agent in env.agents}


class TestParallel:
    def test_episode(self) -> None:
        env = masque.parallel_env("simple-crypto-v3", steps=3)
        assert env.params == {"steps": 3} and env.agents == []
        assert env.possible_agents == ["eve_0", "bob_0", "alice_0"]
        observations, infos = env.reset(seed=4)
        assert set(observations) == set(infos) == set(env.agents)
        kept = observations["bob_0"].copy()
        for t in range(3):
            step = env.step({"eve_0": 0, "bob_0": np.int64(1), "alice_0": np.array(2)})
            assert step[2] == dict.fromkeys(env.possible_agents, False)
            assert step[3] == dict.fromkeys(env.possible_agents, t == 2)
            assert all(type(reward) is float for reward in step[1].values())
        assert np.array_equal(observations["bob_0"], kept), "observations are not written to later"
        assert env.agents == []
        result = step[4]["bob_0"]
        assert result["episode_number"] == 0
        assert result["counters"] == env.counters()
        assert result["metrics"] == env.metrics(result["counters"])
        assert set(result["metrics"]) == {"accuracy", "secrecy"}
        env.reset()
        assert env.agents == env.possible_agents

    def test_a_seed_names_the_episodes(self) -> None:
        def firsts(env: masque.MasqueEnv, **reset: object) -> list[list[float]]:
            """First observations of eight episodes."""
            begun = [env.reset(**(reset if i == 0 else {})) for i in range(8)]
            return [np.concatenate(list(observations.values())).tolist() for observations, _ in begun]

        env = masque.parallel_env("simple-crypto-v3")
        eight = firsts(env, seed=3)
        assert eight[1:] != eight[:-1], "episodes differ"
        assert firsts(env) != eight, "and go on"
        assert firsts(env, seed=3) == eight
        assert firsts(env, options={"episode": 0}) == eight
        assert firsts(env, options={"episode": 2})[:6] == eight[2:]
        assert firsts(env, seed=4) != eight
        assert firsts(masque.parallel_env("simple-crypto-v3", split=["test", 1]), seed=3) != eight

    def test_masks(self) -> None:
        env = masque.parallel_env("covert-wire-v0")
        _, infos = env.reset(seed=1)
        seen = set()
        while env.agents:
            actions = sample(env)
            for agent, action in actions.items():
                mask = infos[agent]["action_mask"]
                assert mask.dtype == np.int8 and mask[action] == 1
                assert env.action_space(agent).sample(mask) in np.flatnonzero(mask)
                seen.add((agent.split("_")[0], tuple(mask[:2])))
            infos = env.step(actions)[4]
        assert len(seen) > 3, "masks change"
        _, infos = env.reset()
        forbidden = {**sample(env), "warden_0": int(np.flatnonzero(infos["warden_0"]["action_mask"] == 0)[0])}
        with pytest.raises(masque.InputError, match=r"action of warden_0: got \d, which its action mask \[.*\] forbids now"):
            env.step(forbidden)
        env.step(sample(env))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"bob_0": 4}, "simple-crypto-v3: action of bob_0: got 4, expected a whole number from 0 to 3 (the symbol it takes for the goal)."),
            ({"bob_0": -1}, "action of bob_0: got -1, expected a whole number"),
            ({"bob_0": 1.0}, "action of bob_0: got 1.0, expected a whole number from 0 to 3."),
            ({"bob_0": 2**40}, "action of bob_0: got 1099511627776, expected a whole number"),
            ({"bob_0": "1"}, "action of bob_0: got '1', expected a whole number"),
            ({"bob_0": None}, "action of bob_0: got None, expected a whole number"),
            ({"bob_1": 1}, 'Unknown agent of simple-crypto-v3 "bob_1". Did you mean "bob_0"?'),
        ],
    )
    def test_refused_actions_change_nothing(self, change: dict[str, object], message: str) -> None:
        env, twin = (masque.parallel_env("simple-crypto-v3") for _ in range(2))
        env.reset(seed=1)
        twin.reset(seed=1)
        good = {"eve_0": 1, "bob_0": 2, "alice_0": 3}
        with pytest.raises(masque.InputError) as refused:
            env.step({**good, **change})
        assert message in str(refused.value)
        with pytest.raises(masque.InputError, match="no action for alice_0; every live agent needs one"):
            env.step({"eve_0": 1, "bob_0": 2})
        assert env.step(good)[1] == twin.step(good)[1]

    def test_wrong_times(self) -> None:
        env = masque.parallel_env("simple-crypto-v3", steps=1, render_mode="ansi")
        for call in (env.state, env.render, lambda: env.step({})):
            with pytest.raises(masque.InputError, match=r"before reset\(\); call reset\(\) first"):
                call()
        env.reset()
        env.step(sample(env))
        with pytest.raises(masque.InputError, match="after the end of the episode"):
            env.step({})
        env.close()
        with pytest.raises(masque.InputError, match=r"reset\(\) after close\(\)"):
            env.reset()

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"bot": 3}, "unknown parameter"),
            ({"params": {"bots": -1}}, r"bots"),
            ({"control": "bit"}, 'Did you mean "bot"'),
            ({"attack": "flod"}, 'Did you mean "flood"'),
            ({"defence": "x"}, "Unknown defence"),
            ({"control": []}, "every role is left to the server"),
            ({"render_mode": "ascii"}, "Unknown render mode"),
            ({"max_cycles": 0}, "maxCycles"),
        ],
    )
    def test_bad_making(self, options: dict[str, object], message: str) -> None:
        with pytest.raises(masque.InputError, match=message):
            masque.parallel_env("swarm-flood-v0", **options)

    def test_copies_are_fresh_environments(self) -> None:
        env = masque.parallel_env("swarm-flood-v0", control="bot", max_cycles=7)
        env.reset(seed=2)
        twin = pickle.loads(pickle.dumps(env))
        assert twin.possible_agents == env.possible_agents and twin.agents == []
        observations, _ = twin.reset(seed=2)
        assert np.array_equal(observations["bot_3"], env.reset(seed=2)[0]["bot_3"])

    def test_dict_and_several_numbers(self) -> None:
        env = masque.parallel_env("glass-house-v0")
        env.reset(seed=1)
        actions = sample(env)
        assert isinstance(env.action_space("overseer_0"), spaces.MultiDiscrete)
        env.step(actions)
        with pytest.raises(masque.InputError, match="action of overseer_0: got 9 numbers, expected 10"):
            env.step({**actions, "overseer_0": [0] * 9})
        with pytest.raises(masque.InputError, match=r"action of overseer_0: got 2 at index 9, expected .* 0 to 1"):
            env.step({**actions, "overseer_0": [0] * 9 + [2]})


class TestScripts:
    def test_the_server_plays_the_other_roles(self) -> None:
        env = masque.parallel_env("swarm-flood-v0", control="gateway", attack="flood", clean=False)
        assert env.possible_agents == ["gateway_0"]
        env.reset(seed=1)
        total = 0
        while env.agents:
            *_, infos = env.step({"gateway_0": 0})
            total += 1
        assert total == 160
        assert infos["gateway_0"]["counters"] != {}
        assert set(infos["gateway_0"]["metrics"]) < {"utility", "security"}, "one compares with the clean arm"

    def test_metrics_against_the_clean_arm(self) -> None:
        env = masque.parallel_env("swarm-flood-v0", control="bot", clean=True)
        env.reset(seed=1)
        while env.agents:
            *_, infos = env.step({agent: 0 for agent in env.agents})
        metrics = infos["bot_0"]["metrics"]
        assert set(metrics) == {"utility", "security"} and all(0 <= value <= 1 for value in metrics.values())

    def test_naming_one_side_leaves_the_other(self) -> None:
        assert masque.vector_env("swarm-flood-v0", 1, defence="default").controlled == ["bot"]
        assert masque.vector_env("swarm-flood-v0", 1, attack="flood").controlled == ["client", "gateway"]

    def test_their_actions_are_seen(self) -> None:
        env = masque.vector_env("swarm-flood-v0", 2, control=[], attack="flood")
        env.reset()
        infos = env.step().infos
        assert set(infos["actions"]) == {"client", "bot", "gateway"}
        assert infos["actions"]["bot"].any()

    def test_spec(self) -> None:
        spec = masque.spec("swarm-flood-v0")
        assert spec["roles"]["bot"]["side"] == "attacker" and "flood" in spec["attacks"]
        assert masque.spec("simple-crypto-v3", steps=9)["horizon"] == 9


class TestVector:
    def test_plays_as_single_copies_do(self, environment: str) -> None:
        copies, cycles = 3, 6
        many = masque.vector_env(environment, copies, seed=8, max_cycles=cycles)
        observations, infos = many.reset(seed=8)
        ones = [masque.parallel_env(environment, max_cycles=cycles) for _ in range(copies)]
        current = [one.reset(seed=8, options={"episode": i})[0] for i, one in enumerate(ones)]
        for t in range(cycles):
            for i, seen in enumerate(current):
                for role in many.roles.values():
                    for j, agent in enumerate(role.agents):
                        if agent in seen:
                            assert np.array_equal(observations[role.name][i, j], seen[agent].ravel())
            actions = {role: np.zeros(a.shape, a.dtype) for role, a in many._slots.items()}
            steps = []
            for i, one in enumerate(ones):
                chosen = sample(one)
                for agent, action in chosen.items():
                    role, j = agent.rsplit("_", 1)
                    actions[role][i, int(j)] = np.reshape(action, -1)
                steps.append(one.step(chosen))
            step = many.step(actions)
            final = step.infos.get("final_observation")
            observations = final if final is not None else step.observations
            current = [one[0] for one in steps]
            for i, (_, rewards, terminations, truncations, _) in enumerate(steps):
                for agent, reward in rewards.items():
                    role, j = agent.rsplit("_", 1)
                    assert step.rewards[role][i, int(j)] == reward
                    assert step.terminations[role][i, int(j)] == terminations[agent]
                    assert step.truncations[role][i, int(j)] == truncations[agent]
            if any(one.agents == [] for one in ones):
                break
        else:
            pytest.fail("nobody's episode ended")
        ended = np.flatnonzero(step.infos["ended"])
        for i in ended:
            results = next(iter(steps[i][4].values()))
            assert {name: values[i] for name, values in step.infos["counters"].items()} == results["counters"]
            assert step.infos["episode"][i] == i

    def test_arrays_outlive_the_next_step(self) -> None:
        env = masque.vector_env("swarm-flood-v0", 4)
        env.reset(seed=1)
        actions = {role: np.full((4, env.roles[role].count), 1) for role in env.controlled}
        first = env.step(actions)
        kept = {role: array.copy() for role, array in first.observations.items()}
        for _ in range(5):
            later = env.step(actions)
        assert all(np.array_equal(first.observations[role], kept[role]) for role in kept)
        assert not np.array_equal(later.observations["bot"], kept["bot"])
        first.observations["bot"] += 1  # theirs to write to
        assert first.observations["bot"].flags.writeable

    @pytest.mark.parametrize(
        ("actions", "message"),
        [
            ({}, 'no actions for role "eve"'),
            ({"eve": [[0]] * 3}, r'shape \(3, 1\) for role "eve", expected \(2, 1\)'),
            ({"eve": [[0.5]] * 2}, 'type float64 for role "eve", expected whole numbers'),
            ({"eve": [[0], [7]]}, "action of eve_0 in copy 1: got 7, expected a whole number from 0 to 3"),
            ({"eve": [[0], [2**32]]}, "action of eve_0 in copy 1: got 2147483647"),
            ({"eve": [[0], [0]], "eva": [[0], [0]]}, 'Unknown role .*"eva"'),
        ],
    )
    def test_refusals(self, actions: dict[str, object], message: str) -> None:
        env = masque.vector_env("simple-crypto-v3", 2, control="eve", defence="default")
        env.reset()
        with pytest.raises(masque.InputError, match=message):
            env.step(actions)

    def test_autoreset(self) -> None:
        def ends(autoreset: str) -> list[bool]:
            env = masque.vector_env("simple-crypto-v3", 1, control=[], steps=2, autoreset=autoreset)
            env.reset()
            return [bool(env.step().infos["ended"][0]) for _ in range(5)]

        assert ends("same-step") == [False, True, False, True, False]
        assert ends("next-step") == [False, True, False, False, True]
        assert ends("disabled") == [False, True, False, False, False]


class TestServer:
    def test_a_dead_server_says_how_it_died(self) -> None:
        server = masque.Server()
        env = masque.parallel_env("simple-crypto-v3", server=server)
        env.reset()
        assert server._process is not None
        os.kill(server._process.pid, signal.SIGKILL)
        for _ in range(2):
            with pytest.raises(masque.ServerGone, match=r"killed by signal 9"):
                env.step(sample(env))

    def test_a_server_that_does_not_start_says_why(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        with pytest.raises(masque.ServerGone, match=r"exit code 2.*\n.*there is no such folder"):
            masque.Server(plugins=[tmp_path / "none"])
        monkeypatch.setenv("MASQUE_HOME", str(tmp_path))
        with pytest.raises(masque.ServerGone, match="MASQUE_HOME is .* there is no"):
            masque.Server()
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("MASQUE_NODE", raising=False)
        with pytest.raises(masque.ServerGone, match="run in Node.js 20.19 or newer, and no program `node` was found. Install"):
            masque.Server()

    def test_masque_is_found(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.delenv("MASQUE_HOME", raising=False)
        alone = tmp_path / "site-packages" / "masque" / "find.py"
        monkeypatch.setattr(find, "__file__", str(alone))
        monkeypatch.setattr(find.shutil, "which", lambda name: "/node" if name == "node" else None)
        project = tmp_path / "project"
        (project / "deep").mkdir(parents=True)
        monkeypatch.chdir(project / "deep")
        with pytest.raises(masque.ServerGone, match="npm install masque"):
            find.command()
        package = project / "node_modules" / "masque"
        (package / "bin").mkdir(parents=True)
        (package / "package.json").write_text('{"name": "masque"}')
        (package / "bin" / "masque.mjs").write_text("")
        assert find.command()[1] == str(package / "bin" / "masque.mjs")
        monkeypatch.setenv("MASQUE_HOME", str(CHECKOUT))
        assert find.command()[1] == str(CHECKOUT / "bin" / "masque.mjs")

    def test_unknown_environment(self) -> None:
        with pytest.raises(masque.InputError, match='Did you mean "swarm-flood-v0"'):
            masque.parallel_env("swarm-flod-v0")

    def test_ends_with_its_client(self) -> None:
        script = "import masque, os; masque.environments(); print(masque.shared()._process.pid, flush=True); os._exit(9)"
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        pid = int(ran.stdout)
        for _ in range(500):
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.02)
        pytest.fail("the server outlives its client by ten seconds")

    def test_unix_socket(self, tmp_path: Path) -> None:
        path = tmp_path / "masque.sock"
        process = subprocess.Popen(
            [*find.command(), "serve", "--unix", str(path)], stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None and "listening" in process.stderr.readline()
        assert path.stat().st_mode & 0o077 == 0
        server = masque.Server.connect(path)
        assert not path.exists()
        env = masque.vector_env("swarm-flood-v0", 64, server=server)
        here = masque.vector_env("swarm-flood-v0", 64)
        for one in (env, here):
            one.reset(seed=5)
        actions = {role: np.full((64, env.roles[role].count), 2) for role in env.controlled}
        for _ in range(3):
            assert np.array_equal(env.step(actions).observations["bot"], here.step(actions).observations["bot"])
        server.close()
        assert process.wait(timeout=20) == 0
        with pytest.raises(masque.ServerGone, match="Nobody serves"):
            masque.Server.connect(path)

    def test_an_interrupted_message_ends_the_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        server = masque.Server()
        env = masque.parallel_env("simple-crypto-v3", server=server)
        env.reset()

        def interrupt(_: object) -> int:
            raise KeyboardInterrupt

        monkeypatch.setattr(server, "_receive", interrupt)
        with pytest.raises(KeyboardInterrupt):
            env.step(sample(env))
        with pytest.raises(masque.ServerGone, match="interrupted in the middle of a message"):
            env.step(sample(env))

    def test_many_environments_take_turns(self) -> None:
        envs = [masque.parallel_env("simple-crypto-v3") for _ in range(3)]
        firsts = [env.reset(seed=i)[0]["bob_0"] for i, env in enumerate(envs)]
        envs[1].close()
        for i in (2, 0):
            assert np.array_equal(envs[i].reset(seed=i)[0]["bob_0"], firsts[i])
        with pytest.raises(masque.InputError, match="no environment"):
            envs[0]._world.server.exchange(envs[1]._message, STEP)

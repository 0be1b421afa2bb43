"""Finished runs as tables and as a figure."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import masque
import pytest
from masque.find import command

EXAMPLE = Path(__file__).parents[1] / "examples" / "frontier.ipynb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "quickstart"
    words = ["run", "quickstart", "--out", str(out), "--quiet", "seeds.runs=2", "defence.knobs.falseAlarm=[0.1, 0.3]"]
    small = ["portfolio=[none, random, scripted]", "episodes={select: 8, test: 16}", "check.levels=0", "effort=[]"]
    line = [word for word in command() if word != "serve"]
    subprocess.run([*line, *words, *small], check=True, capture_output=True, text=True)
    return out


def test_rows_say_what_the_file_says(folder: Path) -> None:
    run = masque.read_run(folder)
    data = json.loads((folder / "frontier.json").read_text("utf-8"))
    assert [row["anchor"] for row in run.points] == [p["anchor"] for p in [*data["points"], *data["anchors"]]]
    for row, point in zip(run.points, data["points"], strict=False):
        assert row["falseAlarm"] == point["knobs"]["falseAlarm"]
        assert row["utility"] == point["cleanUtility"]["mean"]
        assert (row["security_low"], row["security_high"]) == (point["security"]["low"], point["security"]["high"])
        # The least of the attacks' means is the security reported.
        mine = [r for r in run.attacks if r["falseAlarm"] == row["falseAlarm"] and r["defence"] == row["defence"]]
        assert min(r["security"] for r in mine) == pytest.approx(row["security"])
    assert len(run.attacks) == len(run.points) * len(data["attacks"])
    assert run.score == data["front"]["score"]


def test_utility_is_that_of_the_arm_which_the_run_draws(folder: Path, tmp_path: Path) -> None:
    data = json.loads((folder / "frontier.json").read_text("utf-8"))
    data["axes"]["arm"] = "attacked"
    data["points"][0]["attackedUtility"]["mean"] = 0.125
    (tmp_path / "frontier.json").write_text(json.dumps(data), "utf-8")
    assert masque.read_run(tmp_path).points[0]["utility"] == 0.125


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "holds no finished run"),
        ("{", "is no JSON"),
        ("[]", "expected a frontier of schema 1"),
        ('{"schema": 1}', "'attacks' is missing"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "frontier.json").write_text(text, "utf-8")
    with pytest.raises(masque.InputError, match=said):
        masque.read_run(tmp_path)


def test_an_unfinished_run_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}", "utf-8")
    with pytest.raises(masque.InputError, match="--resume"):
        masque.read_run(tmp_path)


def test_the_stairs_claim_no_more_than_the_points(folder: Path) -> None:
    pytest.importorskip("matplotlib").use("Agg")
    run = masque.read_run(folder)
    ax: Any = run.plot(label="front")
    (stairs,) = [line for line in ax.lines if line.get_label() == "front"]
    assert stairs.get_drawstyle() == "steps-post"
    xs, ys = stairs.get_data()
    assert list(xs) == sorted(xs, reverse=True) and list(ys) == sorted(ys)


def test_the_readme_looks_at_a_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib").use("Agg")
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    block = text.split("## Look at a run")[1].split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(folder.parent.parent)
    folder.parent.rename("runs")
    try:
        exec(block, {"masque": masque})
    finally:
        Path("runs").rename(folder.parent)
    assert Path("frontier.pdf").stat().st_size > 1000


def test_the_notebook_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    for needed in ("pandas", "matplotlib", "ipykernel"):
        pytest.importorskip(needed)
    monkeypatch.setenv("MASQUE_RUN", str(folder))
    here = str(Path(__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([here, os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(EXAMPLE, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    nbclient.NotebookClient(notebook, timeout=120).execute()
    assert any("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", []))

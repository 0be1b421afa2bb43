"""Finished runs as tables and as a figure. Needs no Node.js; the figure needs matplotlib, data frames pandas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = dict[str, Any]

# The report's colours and the forms that tell its points apart in print.
FRONT, DOMINATED, AMBIGUOUS, THEORY, LINE = "#0a5ca8", "#7a828d", "#b45309", "#a1307c", "#d5dae1"
MARKS = {"frontier": ("o", FRONT), "ambiguous": ("o", AMBIGUOUS), "dominated": ("o", DOMINATED)}
ANCHORS = {"no-defence": "no defence", "lockdown": "lockdown", "random-defence": "random defence"}


@dataclass(frozen=True)
class Run:
    """What a run found: `frontier.json` of its folder, as rows for `pandas.DataFrame`."""

    benchmark: str
    question: str
    environment: str
    #: Names of the two metrics: {"utility": …, "security": …}.
    axes: Mapping[str, str]
    #: How often everything was repeated; intervals (95 %) are over these.
    runs: int
    #: One row a point, yardsticks last: its knobs, `defence`, `anchor` (None for declared points), `utility`, `security`
    #: (the least of the attacks' means) with `_low` and `_high`, `worst_attack`, `front` and `p_front`.
    points: list[Row]
    #: One row for every attack at every point: knobs, `defence`, `anchor`, `attack`, `kind`, `security`, `utility`.
    attacks: list[Row]
    #: The whole file.
    data: Mapping[str, Any]

    @property
    def score(self) -> Row:
        """Hypervolume beyond the yardsticks': `mean`, `low`, `high`."""
        return dict(self.data["front"]["score"])

    def plot(self, ax: Axes | None = None, *, label: str | None = None) -> Axes:
        """Draws the frontier in the report's style on matplotlib axes (new ones by default), and returns them."""
        try:
            import matplotlib.pyplot as plt
        except ImportError as error:
            raise InputError("A figure needs matplotlib: pip install matplotlib. The tables work without it.") from error
        if ax is None:
            _, ax = plt.subplots(figsize=(6, 5), layout="constrained")
        ax.plot([0, 1], [1, 0], ":", color=LINE, zorder=0)
        front = sorted([(r["utility"], r["security"]) for r in self.points if r["front"] == "frontier"], reverse=True)
        if front:
            # What the points dominate: at a utility, the security of the next point that leaves at least as much.
            xs, ys = zip((front[0][0], 0), *front, (0, front[-1][1]), strict=True)
            ax.step(xs, ys, where="post", color=FRONT, alpha=0.55, lw=1.5, label=label, zorder=1)
        for row in self.points:
            mark, colour = MARKS.get(str(row["front"]), ("s", DOMINATED))
            x, y = row["utility"], row["security"]
            bars = (_bar(row, "security"), _bar(row, "utility"))
            ax.errorbar(x, y, *bars, fmt=mark, color=colour, mfc=colour if row["front"] == "frontier" else "white", ms=6, lw=1, zorder=2)
            if row["anchor"]:
                side, shift = ("right", -8) if x > 0.8 else ("left", 8)
                name = ANCHORS.get(str(row["anchor"]), str(row["anchor"]))
                ax.annotate(name, (x, y), (shift, -12 if y > 0.9 else 6), textcoords="offset points", size=8, ha=side)
        utility, security = self.axes["utility"], self.axes["security"]
        crosses = [
            (known.get(utility, row["utility"]), known[security])
            for known, row in zip((point["reference"] or {} for point in self._raw()), self.points, strict=True)
            if security in known
        ]
        if crosses:
            ax.plot(*zip(*crosses, strict=True), "x", color=THEORY, zorder=3, label="theory")
        ax.set(
            xlim=(-0.02, 1.02),
            ylim=(-0.02, 1.02),
            xlabel=f"{utility} under attack" if self.data["axes"].get("arm") == "attacked" else f"clean {utility}",
            ylabel=f"{security}, against the worst attack found",
        )
        ax.set_title(f"{self.benchmark} ({self.environment}, {self.runs} runs)", loc="left", size=10)
        ax.grid(color=LINE, alpha=0.55)
        ax.set_axisbelow(True)
        return ax

    def _raw(self) -> Iterator[Mapping[str, Any]]:
        yield from self.data["points"]
        yield from self.data["anchors"]


def read_run(path: str | PathLike[str]) -> Run:
    """Reads a finished run: its folder, as `masque run` made it.

    Raises InputError where there is no `frontier.json`, or not of this form.
    """
    file = Path(path) / "frontier.json"
    try:
        data = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        unfinished = (Path(path) / "manifest.json").exists()
        todo = f"it has not finished: masque run BENCHMARK --out {path} --resume" if unfinished else "masque run makes one"
        raise InputError(f"{path} holds no finished run: there is no {file}; {todo}.") from None
    except ValueError as error:
        raise InputError(f"{file} is no JSON ({error}).") from None
    if not isinstance(data, dict) or data.get("schema") != 1:
        raise InputError(f"{file}: expected a frontier of schema 1; another version of Masque may have made it.")
    try:
        kinds = {attack["name"]: attack.get("kind") for attack in data["attacks"]}
        raw = [*data["points"], *data["anchors"]]
        # Where defences react to what they see, their price is read under attack.
        attacked = data["axes"].get("arm") == "attacked"
        return Run(
            benchmark=data["benchmark"],
            question=data["question"],
            environment=data["environment"]["id"],
            axes={name: data["axes"][name] for name in ("utility", "security")},
            runs=data["runs"],
            points=[_point(point, attacked) for point in raw],
            attacks=[
                {**_settings(point), "attack": name, "kind": kinds.get(name)}
                | _estimate("security", scores["security"])
                | _estimate("utility", scores["utility"])
                for point in raw
                for name, scores in point["attacks"].items()
            ],
            data=data,
        )
    except (KeyError, TypeError) as error:
        raise InputError(f"{file}: expected a frontier as masque run writes it; {error} is missing or of another form.") from None


def _settings(point: Mapping[str, Any]) -> Row:
    return {**point["knobs"], "defence": point["defence"], "anchor": point.get("anchor")}


def _bar(row: Row, name: str) -> list[list[float]] | None:
    """Lengths below and above; one run has no interval."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return None if low is None or high is None else [[row[name] - low], [high - row[name]]]


def _estimate(name: str, value: Mapping[str, float | None]) -> Row:
    return {name: value["mean"], f"{name}_low": value["low"], f"{name}_high": value["high"]}


def _point(point: Mapping[str, Any], attacked: bool) -> Row:
    pareto = point.get("pareto") or {}
    return {
        **_settings(point),
        **_estimate("utility", point["attackedUtility" if attacked else "cleanUtility"]),
        **_estimate("security", point["security"]),
        "worst_attack": point["worstAttack"],
        "front": pareto.get("label"),
        "p_front": pareto.get("probability"),
    }

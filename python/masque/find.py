"""Finds the TypeScript side: Node.js, and a Masque for it to run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from .errors import ServerGone

_START = Path("bin", "masque.mjs")

_NO_NODE = (
    "Masque's environments run in Node.js 20.19 or newer, and no program `node` was found. "
    "Install it (https://nodejs.org, or your system's package `nodejs`), "
    "or set MASQUE_NODE to where the program is."
)
_NO_MASQUE = (
    "Node.js is here, but the npm package `masque` is not. Looked in MASQUE_HOME, beside this Python package, in "
    "node_modules and checkouts from {cwd} upwards, and for a command `masque`. "
    "Run `npm install masque` in your project, or set MASQUE_HOME to a checkout in which `npm ci` was run."
)


def command() -> list[str]:
    """How to start Masque, without arguments.

    Raises ServerGone, saying what to install, when something is missing.
    """
    node = os.environ.get("MASQUE_NODE") or shutil.which("node")
    if not node:
        raise ServerGone(_NO_NODE)
    home = os.environ.get("MASQUE_HOME")
    if home:
        start = Path(home) / _START
        if not start.is_file():
            raise ServerGone(f"MASQUE_HOME is {home}, but there is no {_START} in it: expected a Masque package or checkout.")
        return [node, str(start)]
    for folder in _places():
        if _is_masque(folder):
            return [node, str(folder / _START)]
    installed = shutil.which("masque")
    if installed and _is_node_script(Path(installed).resolve()):
        return [node, str(Path(installed).resolve())]
    raise ServerGone(_NO_MASQUE.format(cwd=Path.cwd()))


def _places() -> Iterator[Path]:
    yield Path(__file__).resolve().parents[2]
    here = Path.cwd()
    for folder in (here, *here.parents):
        yield folder
        yield folder / "node_modules" / "masque"


def _is_masque(folder: Path) -> bool:
    try:
        package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(package, dict) and package.get("name") == "masque" and (folder / _START).is_file()


def _is_node_script(path: Path) -> bool:
    return path.suffix in {".mjs", ".js"} and path.is_file()

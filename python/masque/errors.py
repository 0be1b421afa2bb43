"""What can go wrong, and whose doing it was."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MasqueError(Exception):
    """Whatever Masque complains about."""


class InputError(MasqueError, ValueError):
    """The input was wrong: the message says what was given, what was expected, where, and what to do."""


class ServerGone(MasqueError, ConnectionError):
    """The process that plays the environments has ended, or cannot be started: the message says why."""


class InternalError(MasqueError, RuntimeError):
    """A fault in Masque itself, with the place in its sources."""


def unknown_name(what: str, given: object, known: Iterable[str]) -> InputError:
    names = list(known)
    near = get_close_matches(str(given), names, n=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return InputError(f'Unknown {what} "{given}".{hint} Known: {", ".join(names) or "none"}.')

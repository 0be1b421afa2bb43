"""The other end of the line: a Node.js process that plays environments (docs/serve-protocol.md)."""

from __future__ import annotations

import atexit
import json
import math
import os
import socket
import struct
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from .errors import InputError, InternalError, ServerGone
from .find import command

Bytes = npt.NDArray[np.uint8]

PROTOCOL = 1
HEADER = struct.Struct("<IIII")
ENDED = 0x8000_0000

HELLO, DESCRIBE, MAKE, RESET, STEP, STATE, COUNTERS, METRICS, RENDER, CLOSE, WORDS, READ = range(1, 13)
ERROR = 255

# Replies longer than this are a fault, not something to make room for.
_MOST = 1 << 31


class Server:
    """A process that plays any number of environments, one request at a time.

    `plugins` are folders of your own environments, `memory` the most megabytes that buffers may take together.
    Environments share one server unless they are given another. It ends with `close()` and with this process.
    """

    def __init__(self, *, plugins: Iterable[str | os.PathLike[str]] = (), memory: int | None = None) -> None:
        arguments = ["serve", "--stdio"]
        for folder in plugins:
            arguments += ["--plugins", os.fspath(folder)]
        if memory is not None:
            arguments += ["--memory", str(memory)]
        self._stderr = tempfile.TemporaryFile()
        try:
            process = subprocess.Popen(
                [*command(), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                bufsize=0,
                # Ctrl-C is for this program: the server ends when its input does.
                start_new_session=True,
            )
        except OSError as error:
            raise ServerGone(f"Node.js does not start: {error}.") from error
        assert process.stdin is not None and process.stdout is not None
        self._process: subprocess.Popen[bytes] | None = process
        _widen(process.stdin.fileno())
        _widen(process.stdout.fileno())
        self._begin(process.stdin.write, process.stdout.readinto)  # type: ignore[attr-defined]

    @classmethod
    def connect(cls, path: str | os.PathLike[str]) -> Server:
        """A server that was started with `masque serve --unix PATH`."""
        self = cls.__new__(cls)
        self._process = None
        self._stderr = None
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.connect(os.fspath(path))
        except OSError as error:
            raise ServerGone(f"Nobody serves at {os.fspath(path)}: {error}. Start one: masque serve --unix PATH.") from error
        self._socket = line
        self._begin(line.send, line.recv_into)
        return self

    _socket: socket.socket | None = None
    _stderr: Any

    def _begin(self, send: Callable[[Any], int | None], receive: Callable[[Any], int | None]) -> None:
        self._send = send
        self._receive = receive
        self._lock = threading.Lock()
        self._tag = 0
        self._gone: str | None = None
        self.pid = os.getpid()
        _alive.add(self)
        hello = self.ask(HELLO, {"protocol": PROTOCOL, "client": "python"})
        #: Version of Masque on the other end.
        self.version: str = hello["masque"]
        #: Ids of the environments that are there.
        self.environments: list[str] = hello["environments"]

    def ask(self, kind: int, request: Mapping[str, Any], environment: int = 0) -> dict[str, Any]:
        """A request and a reply in JSON."""
        reply = self.exchange(self.message(kind, environment, _encode(request)), kind)[1]
        answer: dict[str, Any] = json.loads(reply[HEADER.size :].tobytes())
        return answer

    def fetch(self, kind: int, environment: int, body: bytes = b"") -> Bytes:
        """The body of a reply in binary."""
        return self.exchange(self.message(kind, environment, body), kind)[1][HEADER.size :]

    def message(self, kind: int, environment: int, body: bytes) -> bytearray:
        return bytearray(HEADER.pack(len(body), kind, environment, 0) + body)

    def exchange(self, message: bytearray, kind: int, expected: int = 1 << 12) -> tuple[bool, Bytes]:
        """Sends a message with its header in place, and returns whether some episode ended, and the whole reply.

        The reply's memory is new each time. `expected` is the length of the body that is likeliest: it is read at once.

        Raises InputError or InternalError for an error in reply, ServerGone when nobody replies.
        """
        with self._lock:
            if self._gone is not None:
                raise ServerGone(self._gone)
            if self.pid != os.getpid():
                raise ServerGone("This server belongs to the process that forked: make environments in the process that uses them.")
            self._tag = tag = (self._tag + 1) & 0xFFFF_FFFF
            message[12:16] = tag.to_bytes(4, "little")
            try:
                self._write(message)
                reply = np.empty(HEADER.size + expected, np.uint8)
                got = self._read(reply, 0, HEADER.size)
                length, found, _, back = HEADER.unpack_from(reply.data)
                if length > _MOST:
                    self._fail(f"it announced a reply of {length} bytes")
                size = HEADER.size + length
                if size > len(reply):
                    longer = np.empty(size, np.uint8)
                    longer[:got] = reply[:got]
                    reply = longer
                if got < size:
                    self._read(reply, got, size)
            except ServerGone:
                raise
            except BaseException:
                # Stopped in the middle of a message (Ctrl-C): what comes next on the line is not known.
                self._gone = "The server was stopped, interrupted in the middle of a message: make the environments again."
                self._stop()
                raise
            if found == ERROR:
                error = json.loads(reply[HEADER.size : size].tobytes())
                if error["kind"] == "input":
                    raise InputError(error["message"])
                if error["kind"] == "protocol":
                    self._fail(f"it did not understand: {error['message']}")
                raise InternalError(f"{error['message']}\n{error.get('stack', '')}")
            if back != tag or found & ~ENDED != kind:
                self._fail(f"it answered kind {found} to {kind}, tag {back} to {tag}")
            return found >= ENDED, reply if len(reply) == size else reply[:size]

    def _write(self, message: bytearray) -> None:
        try:
            sent = self._send(message) or 0
            while sent < len(message):
                sent += self._send(memoryview(message)[sent:]) or 0
        except (BrokenPipeError, ConnectionResetError):
            self._fail("it closed the line")

    def _read(self, into: Bytes, got: int, least: int) -> int:
        """Reads on from `got` until there are `least` bytes: as many as fit, or came."""
        while got < least:
            try:
                more = self._receive(into[got:] if got else into)
            except ConnectionResetError:
                more = 0
            if not more:
                self._fail("it closed the line")
            got += more
        return got

    def _fail(self, how: str) -> NoReturn:
        self._gone = f"The Masque server has gone: {how}. {self._post_mortem()}"
        self._stop()
        raise ServerGone(self._gone)

    def _post_mortem(self) -> str:
        if self._process is None:
            return "It was started elsewhere: look there for its messages."
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "Its process is still running."
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, self._stderr.tell() - 4000))
        said = self._stderr.read().decode("utf-8", "replace").strip()
        return f"Its process ended ({how})" + (f"; it last said:\n{said}" if said else " without a word.")

    def _stop(self) -> None:
        if self._socket is not None:
            self._socket.close()
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            try:
                self._process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._stderr.close()

    def close(self) -> None:
        """Ends the process; its environments are gone. May be called again."""
        if self._gone is None and self.pid == os.getpid():
            self._gone = "This server was closed."
            self._stop()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<masque.Server {self.version}{'' if self._gone is None else ', gone'}>"


_alive: weakref.WeakSet[Server] = weakref.WeakSet()
_shared: Server | None = None
_starting = threading.Lock()


@atexit.register
def _close_all() -> None:
    for server in list(_alive):
        server.close()


def shared() -> Server:
    """The server of all environments that are not given one; started when it is first needed, and after it has gone."""
    global _shared
    with _starting:
        if _shared is None or _shared._gone is not None or _shared.pid != os.getpid():
            _shared = Server()
        return _shared


def _encode(request: Mapping[str, Any]) -> bytes:
    return json.dumps(_plain(request), allow_nan=False).encode()


def _plain(value: Any) -> Any:
    """Data that JSON has: infinities are the strings that Masque reads, arrays are lists."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, np.generic | np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        if math.isnan(value):
            raise InputError("Got NaN among the parameters, expected a number.")
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if value is None or isinstance(value, bool | int | str):
        return value
    raise InputError(f"Got {value!r} of type {type(value).__name__} among the parameters, expected plain data.")


def _widen(descriptor: int) -> None:
    """Room for a megabyte in the pipe, where the system lets us: fewer turns for large batches."""
    try:
        import fcntl

        fcntl.fcntl(descriptor, getattr(fcntl, "F_SETPIPE_SZ", 1031), 1 << 20)
    except (ImportError, OSError):
        pass

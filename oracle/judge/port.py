"""A port under judgement: a command that reads questions on standard input and answers on standard output."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, NoReturn

Question = dict[str, Any]

ANSWER_LIMIT = 32 * 1024 * 1024
"""Bytes that an answer may have. The largest that the vectors expect has less than one megabyte."""

GRACE = 2.0
"""Seconds that a port has to end when its input has ended."""

_CHUNK = 1 << 16
_LAST_WORDS = 2000


class Broken(Exception):
    """The port did something else than answer. `str()` says what; `died` if it ended by itself."""

    def __init__(self, words: str, died: bool = False) -> None:
        super().__init__(words)
        self.died = died


class NoPort(Exception):
    """The command cannot be started. `str()` is one line."""


class Port:
    """One process, asked one question at a time; started when it is asked, and anew after it broke.

    It has a process group of its own, which is ended with it: whatever it has started goes too.
    """

    def __init__(self, command: list[str], timeout: float) -> None:
        self.command = command
        self.timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = 0
        self._out = bytearray()
        self._errors = b""

    def __enter__(self) -> Port:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._kill()

    def ask(self, question: Question) -> Question:
        """The answer: a dictionary with `expect` or `refused`. Raises Broken, or NoPort if it cannot be started."""
        if self._process is None:
            self._start()
        self._asked += 1
        try:
            return self._understood(self._exchange(_line({**question, "id": self._asked})))
        except BaseException:
            self._kill()
            raise

    def finish(self) -> None:
        """End the input, and see that nothing more comes. Raises Broken."""
        if self._process is None:
            return
        try:
            self._drain(GRACE)
            if self._out.strip():
                raise Broken(f"after the last answer it printed more: {_shown(self._out)}")
        finally:
            self._kill()

    # --- the process ------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._out, self._errors = bytearray(), b""
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                self.command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise NoPort(f"cannot start {self.command[0]!r}: {reason or error}") from None
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)

    def _kill(self) -> None:
        """End the process and whatever it has started in its group."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError, PermissionError):  # if all have ended; the second is how macOS says so
            os.killpg(process.pid, signal.SIGKILL)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        process.wait()

    # --- a line out, a line in ---------------------------------------------------------------------------------------

    def _exchange(self, line: bytes) -> bytes:
        """Write a question while reading, since a port may answer before it has read all, or talk on its errors."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        if self._out.strip():
            raise Broken(f"before this question it printed a line that answers nothing: {_shown(self._out)}")
        self._out.clear()
        deadline = time.monotonic() + self.timeout
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdin, selectors.EVENT_WRITE)
            self._listen(selector)
            while b"\n" not in self._out:
                left = deadline - time.monotonic()
                if left <= 0:
                    self._too_late()
                for key, _ in selector.select(left):
                    if key.fileobj is not process.stdin:
                        if not self._read(key.fd, selector) and key.fileobj is process.stdout:
                            self._ended()
                    elif line:
                        line = self._written(key.fd, line)
                    else:
                        selector.unregister(process.stdin)
        answer, _, rest = bytes(self._out).partition(b"\n")
        self._out = bytearray(rest)
        if self._out.strip():
            raise Broken(f"it printed more than one line for one question; after the answer came {_shown(self._out)}")
        return answer

    def _listen(self, selector: selectors.BaseSelector) -> None:
        assert self._process is not None
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            selector.register(stream, selectors.EVENT_READ)

    @staticmethod
    def _written(descriptor: int, line: bytes) -> bytes:
        """What is left of the line."""
        try:
            return line[os.write(descriptor, line[:_CHUNK]) :]
        except BlockingIOError:
            return line
        except BrokenPipeError:
            return b""  # it reads no more; what it says or how it ends is told by the other pipes

    def _read(self, descriptor: int, selector: selectors.BaseSelector) -> bool:
        """Take in what is there; False at the end of this stream."""
        assert self._process is not None
        assert self._process.stdout is not None
        chunk = os.read(descriptor, _CHUNK)
        if not chunk:
            selector.unregister(descriptor)
        elif descriptor == self._process.stdout.fileno():
            self._out += chunk
            if len(self._out) > ANSWER_LIMIT:
                raise Broken(
                    f"its answer is longer than {ANSWER_LIMIT >> 20} megabytes, and begins {_shown(self._out)}"
                )
        else:
            self._errors = (self._errors + chunk)[-_LAST_WORDS:]
        return bool(chunk)

    def _drain(self, seconds: float) -> None:
        """Close its input, and take in what still comes until it ends or so much time has passed."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            self._listen(selector)
            while selector.get_map():
                left = deadline - time.monotonic()
                if left <= 0:
                    return
                for key, _ in selector.select(left):
                    self._read(key.fd, selector)

    # --- in words ---------------------------------------------------------------------------------------------------

    def _too_late(self) -> NoReturn:
        """Nothing came in time. Whether it comes when the input ends tells a port that buffers from one that hangs."""
        waited = f"no answer came within {self.timeout:g} seconds"
        if self._out:
            raise Broken(f"{waited}, only a line without its end: {_shown(self._out)}")
        self._drain(min(GRACE, self.timeout))
        if b"\n" in self._out:
            raise Broken(
                f"{waited}, but one came as soon as its input was closed: it keeps its answers in a buffer. It has to "
                "flush its output after each line, and to answer a line before it reads the next"
            )
        raise Broken(f"{waited}{self._said()}")

    def _ended(self) -> NoReturn:
        assert self._process is not None
        try:
            code = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            raise Broken("it closed its output") from None
        self._drain(GRACE)  # its last words
        how = f"it was ended by signal {-code}" if code < 0 else f"it ended with exit code {code}"
        begun = f", after it had begun a line: {_shown(self._out)}" if self._out.strip() else ""
        raise Broken(f"{how} instead of answering{begun}{self._said()}", died=True)

    def _said(self) -> str:
        words = self._errors.decode(errors="replace").strip()
        return f". Its last words: {words}" if words else ""

    def _understood(self, line: bytes) -> Question:
        """The answer in a line. Raises Broken."""
        try:
            answer = json.loads(line.decode(), parse_constant=_no_number)
        except UnicodeDecodeError as error:
            raise Broken(f"its answer is not UTF-8 (byte {error.start}): {_shown(line)}") from None
        except (ValueError, RecursionError) as error:
            raise Broken(f"its answer is not JSON ({error}): {_shown(line)}") from None
        if not isinstance(answer, dict) or ("expect" in answer) == ("refused" in answer):
            raise Broken(f'its answer is no object with either "expect" or "refused": {_shown(line)}')
        if answer.get("id") != self._asked or isinstance(answer["id"], bool):
            raise Broken(f"its answer has the id {json.dumps(answer.get('id'))} and not {self._asked}: {_shown(line)}")
        if "refused" in answer and not isinstance(answer["refused"], str):
            raise Broken(f'"refused" has to say why, in words: {_shown(line)}')
        return answer


def _line(question: Question) -> bytes:
    """As UTF-8; where Python's string has half of a pair of surrogates, which UTF-8 cannot say, as JSON's escapes."""
    try:
        return json.dumps(question, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(question).encode() + b"\n"


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _shown(line: bytes | bytearray) -> str:
    """The beginning of what was printed, in one line and without what would move a terminal's cursor."""
    text = bytes(line[:200]).decode(errors="backslashreplace").strip()
    plain = "".join(character if character.isprintable() else repr(character)[1:-1] for character in text[:120])
    return f"“{plain}{'…' if len(text) > 120 or len(line) > 200 else ''}”"

"""The output of a running command: kept whole, and shown line by line while it comes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

from tools.standins.core.operation import Operation, StandInError

Stream = Literal["stdout", "stderr"]
Read = Callable[[int], Awaitable[bytes]]

_CHUNK: Final = 1 << 16
# pulumi-command 1.2.1 hangs for ever at a longer line that it logs. A failure says so while it can still be mended.
_LONGEST_LOGGED_LINE: Final = 1 << 16


class Output:
    """What a command has written so far. `logging` is the resource's input of that name."""

    def __init__(self, operation: Operation, logging: str) -> None:
        self._operation = operation
        self._logged = {
            "stdout": logging in ("stdout", "stdoutAndStderr"),
            "stderr": logging in ("stderr", "stdoutAndStderr"),
        }
        self._streams: dict[Stream, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        self._line: dict[Stream, bytes] = {"stdout": b"", "stderr": b""}
        self._both = bytearray()
        self._line_too_long = False

    async def follow(self, stream: Stream, read: Read) -> None:
        """Takes in one stream until its end."""
        while chunk := await read(_CHUNK):
            self._streams[stream] += chunk
            self._both += chunk
            if self._logged[stream]:
                await self._show(stream, chunk)
        if self._line[stream]:
            await self._operation.status(_text(self._line[stream]))

    async def _show(self, stream: Stream, chunk: bytes) -> None:
        *lines, rest = (self._line[stream] + chunk).split(b"\n")
        self._line[stream] = rest
        self._line_too_long |= any(len(line) >= _LONGEST_LOGGED_LINE for line in (*lines, rest))
        if self._line_too_long:
            self._logged[stream] = False
            self._line[stream] = b""
            return
        for line in lines:
            await self._operation.status(_text(line.rstrip(b"\r")))

    def outputs(self, command: str) -> dict[str, Any]:
        """The resource's outputs after success: the text without its last line break."""
        if self._line_too_long:
            raise StandInError(
                f"a line of output was longer than {_LONGEST_LOGGED_LINE} bytes, where the official plugin hangs for "
                f"ever when it logs: print shorter lines or set logging to none: running {quote(command)}"
            )
        return {stream: _text(content).removesuffix("\n") for stream, content in self._streams.items()}

    def failure(self, reason: str, command: str) -> StandInError:
        """The error for a command that failed, with everything it wrote."""
        return StandInError(f"{reason}: running {quote(command)}:\n{_text(self._both)}")


def quote(text: str) -> str:
    """`text` in double quotes, with escapes, on one line."""
    return json.dumps(text, ensure_ascii=False)


def _text(content: bytes | bytearray) -> str:
    return content.decode(errors="replace")

"""Fetches files from upstream's hosts: verified, resumed after a cut, with progress."""

import http.client
import os
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from tools.toolchain.build import sha256 as sha256_of
from tools.toolchain.errors import ToolchainError
from tools.toolchain.progress import Ticker, size

ATTEMPTS = 4
PAUSE_SECONDS = 2.0
"""Before the second attempt; doubled before each further one."""
TIMEOUT_SECONDS = 30.0
"""Without a byte for so long, a connection counts as cut."""
_CHUNK = 1 << 16


def address(url: str) -> str:
    """Where an upstream URL is fetched: KFS_UPSTREAM=BASE maps https://HOST/PATH to BASE/HOST/PATH, for tests."""
    base = os.environ.get("KFS_UPSTREAM", "").rstrip("/")
    if not base:
        return url
    parts = urlsplit(url)
    return f"{base}/{parts.netloc}{parts.path}"


def get(url: str, *, headers: dict[str, str] | None = None, timeout: float = TIMEOUT_SECONDS) -> bytes:
    """A small file; OSError (urllib's errors are some) if it can't be had."""
    request = urllib.request.Request(address(url), headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            content: bytes = response.read()
            return content
    except http.client.HTTPException as error:
        raise OSError(f"{type(error).__name__}: {error}") from error


def download(url: str, target: Path, *, sha256: str, step: str) -> None:
    """Fetch a file to `target`; ToolchainError if it can't be had or has another sum. A cut download is resumed."""
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    with Ticker(step, f"fetching {url}") as ticker:
        for attempt in range(ATTEMPTS):
            resumed = part.exists()
            try:
                _receive(url, part, ticker)
            except (OSError, http.client.HTTPException) as error:
                problem = sentence(error)
                if isinstance(error, urllib.error.HTTPError) and error.code < 500:
                    break
            else:
                found = sha256_of(part)
                if found == sha256:
                    part.replace(target)
                    return
                part.unlink()
                problem = f"expected sha256 {sha256}, found {found}; the file was not kept"
                if not resumed:
                    break
            if attempt < ATTEMPTS - 1:
                time.sleep(PAUSE_SECONDS * 2**attempt)
    raise ToolchainError(f"{url} could not be fetched: {problem}. Run `make tools` again to go on where it stopped.")


def _receive(url: str, part: Path, ticker: Ticker) -> None:
    """Append what is missing to `part`; raises OSError when the connection ends early."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(address(url), headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            return
        raise
    with response:
        if have and response.status != http.client.PARTIAL_CONTENT:
            have = 0
        total = have + int(response.headers.get("Content-Length") or 0)
        with part.open("ab" if have else "wb") as file:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                ticker.status = f"fetching {url}: {size(file.tell())} of {size(total)}"
            if total and file.tell() < total:
                raise ConnectionError(f"the connection ended after {file.tell()} of {total} bytes")


def sentence(error: Exception) -> str:
    """What went wrong with a request, in a few words."""
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        return sentence(error.reason)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__

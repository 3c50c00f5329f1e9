"""Decides once where artifacts come from: upstream's release hosts, or a mirror built from package registries."""

import http.client
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from tools.toolchain import upstream

LIMIT_SECONDS = 5.0
"""For all hosts together."""

_NEEDS_LOGIN = 401
"""What a registry's API answers to a visitor: it is there, and gives tokens."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Where artifacts come from, and why, in a few words."""

    source: Literal["upstream", "mirror"]
    reason: str


def decide(urls: list[str], *, limit: float = LIMIT_SECONDS) -> Decision:
    """Ask all URLs at once; upstream if every one answers within the limit (seconds)."""
    problems = dict.fromkeys(urls, f"no answer in {limit:.0f} s")
    threads = [threading.Thread(target=_ask, args=(url, limit, problems), daemon=True) for url in urls]
    deadline = time.monotonic() + limit
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    # A copy: a thread that is late must not change what was decided.
    left = dict(problems)
    if not left:
        return Decision(source="upstream", reason="the release hosts answer")
    reasons = [f"{urlsplit(url).netloc}: {problem}" for url, problem in left.items()]
    more = f", and {len(reasons) - 1} more" if len(reasons) > 1 else ""
    return Decision(source="mirror", reason=f"not reached: {reasons[0]}{more}")


def _ask(url: str, limit: float, problems: dict[str, str]) -> None:
    """Take the URL out of the problems if it answers, else say there what happened."""
    # One byte is enough to see that the hosts behind a redirect answer too.
    request = urllib.request.Request(upstream.address(url), headers={"Range": "bytes=0-0"})
    try:
        with urllib.request.urlopen(request, timeout=limit) as response:
            response.read(1)
    except urllib.error.HTTPError as error:
        if error.code != _NEEDS_LOGIN:
            problems[url] = upstream.sentence(error)
            return
    except (OSError, http.client.HTTPException) as error:
        problems[url] = upstream.sentence(error)
        return
    problems.pop(url)

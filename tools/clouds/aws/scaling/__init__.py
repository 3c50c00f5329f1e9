"""Auto-scaling groups: moto notes what is asked of them, this package runs their machines and refreshes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tools.clouds.aws.call import Call
from tools.clouds.aws.scaling import activities, refreshes

_OWN: Final[Mapping[str, Callable[[Call], str]]] = {
    "DescribeScalingActivities": activities.describe,
    **refreshes.ACTIONS,
}


def answer(call: Call) -> bytes | None:
    """The answer to a request that moto has none for; None for another one. Raises RefusedError."""
    if call.service != "autoscaling" or call.action not in _OWN:
        return None
    result = f"<{call.action}Result>{_OWN[call.action](call)}</{call.action}Result>"
    metadata = "<ResponseMetadata><RequestId>box</RequestId></ResponseMetadata>"
    return f'<?xml version="1.0"?><{call.action}Response>{result}{metadata}</{call.action}Response>'.encode()

"""Operations: what each change answers with, and what a client waits for."""

from __future__ import annotations

import itertools
from typing import Any

from tools.clouds.gce.catalogue import BASE
from tools.clouds.gce.errors import OperationError, not_found
from tools.clouds.gce.objects import now


class Operations:
    """The operations of all projects. One is over when it is asked for, as if it had taken a moment."""

    def __init__(self) -> None:
        self._operations: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1_700_000_000_001)

    def begin(self, kind: str, target: str, target_id: str, error: OperationError | None = None) -> dict[str, Any]:
        """A new operation on an object, in the zone or region where the object is, or a global one."""
        number = next(self._numbers)
        folder = target.rpartition("/")[0].rpartition("/")[0]
        path = f"{folder}/operations/operation-{number}"
        scope, _, place = folder.partition("/")[2].partition("/")[2].partition("/")
        operation = {
            "kind": "compute#operation",
            "id": str(number),
            "name": f"operation-{number}",
            "operationType": kind,
            "targetLink": BASE + target,
            "targetId": target_id,
            "insertTime": now(),
            "startTime": now(),
            "selfLink": BASE + path,
        }
        if place:
            operation[scope.removesuffix("s")] = BASE + folder
        self._operations[path] = {**operation, "status": "DONE", "progress": 100, "endTime": now()}
        if error is not None:
            self._operations[path] |= {
                "error": {"errors": [{"code": error.code, "message": error.message}]},
                "httpErrorStatusCode": 400,
                "httpErrorMessage": "BAD REQUEST",
            }
        return {**operation, "status": "RUNNING", "progress": 0}

    def get(self, path: str) -> dict[str, Any]:
        """The operation at a path, or at that path with /wait."""
        path = path.removesuffix("/wait")
        if path not in self._operations:
            raise not_found(path)
        return self._operations[path]

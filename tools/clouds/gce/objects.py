"""What a project holds."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import itertools
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from tools.clouds.gce.catalogue import BASE
from tools.clouds.gce.errors import in_use, not_found
from tools.clouds.gce.references import collection_of, normalise, references

Body = dict[str, Any]
# A range that is nobody's (RFC 2544): public addresses are given from it, one after the other.
PUBLIC_RANGE: Final = ipaddress.ip_network("198.18.0.0/15")
_CLOUDS: Final = 256


def fingerprint(content: Any) -> str:
    """The mark by which a client says which state it changes."""
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def now() -> str:
    """The time as Google writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Objects:
    """The objects of all projects by their paths (projects/P/global/networks/N), and the rules that hold for all."""

    def __init__(self) -> None:
        self._objects: dict[str, Body] = {}
        # The instances of an instance group, by the group's path.
        self.members: dict[str, list[str]] = {}
        # The machines of a managed group, by its path: each machine's path, and the template that it was made of.
        self.managed: dict[str, dict[str, str]] = {}
        # When a machine of a managed group began to run, by its path, in seconds of the monotonic clock.
        self.since: dict[str, float] = {}
        # Why a managed group, by its link, could not make its last machine.
        self.problems: dict[str, str] = {}
        self._added: list[str] = []
        self._ids = itertools.count(1_000_000_000_000_001)
        # Another beginning for each cloud, so that two on one computer seldom have an address in common.
        self._public = itertools.count(secrets.randbelow(_CLOUDS) * (PUBLIC_RANGE.num_addresses // _CLOUDS) + 1)

    def new_id(self) -> str:
        """A number that no other object has."""
        return str(next(self._ids))

    def add(self, path: str, body: Body) -> None:
        """Puts a checked body at its path, with what every object has."""
        collection = collection_of(path)
        kind = {"healthChecks": "healthCheck", "addresses": "address"}.get(collection, collection.removesuffix("s"))
        place = path.split("/")[2:-2]
        if len(place) == 2:
            body[place[0].removesuffix("s")] = BASE + "/".join(path.split("/")[:4])
        self._added.append(path)
        self._objects[path] = {
            **body,
            "kind": f"compute#{kind}",
            "id": self.new_id(),
            "selfLink": BASE + path,
            "creationTimestamp": now(),
        }

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Takes back what was added, when an error ends what is done meanwhile."""
        self._added.clear()
        try:
            yield
        except Exception:
            for path in self._added:
                self._objects.pop(path, None)
                self.members.pop(path, None)
            raise

    def find(self, path: str) -> Body | None:
        """The object at a path, if there is one."""
        return self._objects.get(path)

    def get(self, path: str) -> Body:
        """The object at a path; raises CloudError when there is none."""
        found = self._objects.get(path)
        if found is None:
            raise not_found(path)
        return found

    def at(self, link: str) -> Body:
        """The object behind a full link."""
        return self.get(link.removeprefix(BASE))

    def inside(self, folder: str) -> list[Body]:
        """The objects of one collection in one place."""
        return [body for path, body in self._objects.items() if path.rpartition("/")[0] == folder]

    def all(self, collection: str) -> Iterator[tuple[str, Body]]:
        """Path and body of each object of a collection, in any project."""
        yield from [(path, body) for path, body in self._objects.items() if collection_of(path) == collection]

    def paths(self) -> list[str]:
        """The paths of all objects."""
        return list(self._objects)

    def resolve(self, collection: str, body: Body, project: str) -> None:
        """Writes the references in a body as full links; raises CloudError for one that leads nowhere."""
        normalise(collection, body, project)
        for _, path in references(collection, body):
            self.get(path)

    def users(self, path: str) -> list[str]:
        """The objects that keep this one from being deleted."""
        return [
            user
            for user, body in self._objects.items()
            if any(named == path for _, named in references(collection_of(user), body, holding_only=True))
        ]

    def remove(self, path: str) -> Body:
        """Takes an object away; raises CloudError when it is in use."""
        body = self.get(path)
        if users := self.users(path):
            raise in_use(path, users[0])
        del self._objects[path]
        self.since.pop(path, None)
        self.members.pop(path, None)
        return body

    def next_public_address(self) -> str:
        """A public address that was never given before."""
        return str(PUBLIC_RANGE[next(self._public)])

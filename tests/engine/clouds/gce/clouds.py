"""A cloud that a test looks into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tools.clouds.gce import PROJECT, GoogleCloud
from tools.clouds.gce.references import collection_of
from tools.clouds.gce.web import serve


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A running control plane and the environment of its clients."""

    plane: GoogleCloud
    environment: Mapping[str, str]

    @classmethod
    @contextmanager
    def serving(cls, plane: GoogleCloud) -> Iterator[Cloud]:
        """Serves on a free port."""
        server = serve(plane.api, 0)
        yield cls(plane=plane, environment=plane.environment(server.server_port))
        server.shutdown()
        server.server_close()

    def names(self, collection: str) -> set[str]:
        """The names of what is in a collection."""
        return {body["name"] for _, body in self.plane.api.objects.all(collection)}

    def get(self, collection: str, name: str) -> dict[str, Any]:
        """The one object of that name."""
        (found,) = [body for _, body in self.plane.api.objects.all(collection) if body["name"] == name]
        return found

    def call(self, verb: str, path: str, body: Any = None) -> dict[str, Any]:
        """A request behind the engine's back; `path` is relative to the project."""
        return self.plane.api.call(verb, f"projects/{PROJECT}/{path}", {}, body)

    def is_empty(self) -> bool:
        """Whether nothing is left in any project."""
        return not self.plane.api.objects.paths()

    def counted(self) -> dict[str, int]:
        """Collection → number of objects."""
        paths = [collection_of(path) for path in self.plane.api.objects.paths()]
        return {collection: paths.count(collection) for collection in sorted(set(paths))}

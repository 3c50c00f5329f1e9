"""The Compute API in memory: a request in, an answer or a CloudError out."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from tools.clouds.gce import catalogue, managed
from tools.clouds.gce.discovery import Method, checked, find_method
from tools.clouds.gce.errors import CloudError, OperationError, invalid
from tools.clouds.gce.objects import Body, Objects
from tools.clouds.gce.operations import Operations
from tools.clouds.gce.reading import filtered, from_catalogue, not_offered
from tools.clouds.gce.references import collection_of
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules import ACTIONS, CHANGE, DELETE, INSERT, VIEW

_OFFERED: Final = frozenset(
    {
        *("networks", "subnetworks", "routers", "routes", "firewalls", "addresses", "instances", "disks"),
        *("instanceGroups", "targetPools", "healthChecks", "regionHealthChecks", "regionBackendServices"),
        *("forwardingRules", "instanceTemplates", "regionInstanceGroupManagers", "regionInstanceGroups"),
    }
)
_PROJECT: Final = re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]")
# What a change keeps although it replaces the rest.
_OWN: Final = ("kind", "id", "selfLink", "creationTimestamp", "name", "region", "zone", "network")


class ComputeApi:
    """All projects of one cloud. Every project of a well-formed name exists."""

    def __init__(self) -> None:
        self.objects = Objects()
        self.lock = threading.RLock()
        self.changed = threading.Event()
        self._operations = Operations()

    def call(self, verb: str, path: str, query: Mapping[str, str], body: Any) -> dict[str, Any]:
        """Answers one request; `path` starts with projects/."""
        method, arguments = find_method(verb, path)
        _check_project(arguments.get("project", ""), method)
        catalogue.check_place(arguments)
        if method.request is not None:
            body = checked(method.request, {} if body is None else body, method.identity)
        with self.lock:
            if method.collection in ("zoneOperations", "regionOperations", "globalOperations"):
                return self._operations.get(path)
            if verb == "GET":
                return self._read(method, path, arguments, query)
            try:
                return self._change(method, path, arguments, query, body or {})
            finally:
                self.keep()

    def keep(self) -> None:
        """Lets the managed groups do what they do by themselves. Call it with the lock held."""
        if managed.keep(self.objects):
            self.changed.set()

    def _read(
        self, method: Method, path: str, arguments: Mapping[str, str], query: Mapping[str, str]
    ) -> dict[str, Any]:
        if method.collection not in _OFFERED:
            return filtered(from_catalogue(method, arguments), query)
        if method.name == "get":
            return self._view(self.objects.get(path))
        if method.name == "list":
            items = [self._view(body) for body in self.objects.inside(path)]
            return filtered({"kind": f"compute#{method.collection}List", "items": items}, query)
        raise not_offered(method)

    def _view(self, body: Body) -> Body:
        view = VIEW.get(collection_of(body["selfLink"]))
        return deepcopy(view(self.objects, body) if view else body)

    def _change(
        self, method: Method, path: str, arguments: Mapping[str, str], query: Mapping[str, str], body: Body
    ) -> dict[str, Any]:
        if method.collection not in _OFFERED:
            raise not_offered(method)
        own_path = f"{path}/{body.get('name', '')}" if method.name == "insert" else path
        if (method.collection, method.name) in ACTIONS and method.name != "update":
            own_path = path.rpartition("/")[0]
        request = Request(objects=self.objects, project=arguments["project"], path=own_path, body=body, query=query)
        before = self.objects.find(own_path)
        try:
            with self.objects.all_or_nothing():
                answer = self._do(method, request)
        except OperationError as error:
            return self._operations.begin(method.name, own_path, "", error)
        if answer is not None:
            return answer
        self.changed.set()
        target = before or self.objects.get(own_path)
        return self._operations.begin(method.name, own_path, target["id"])

    def _do(self, method: Method, request: Request) -> dict[str, Any] | None:
        if method.name == "insert":
            self._insert(request)
            return None
        if action := ACTIONS.get((method.collection, method.name)):
            self.objects.get(request.path)
            return action(request)
        collection = collection_of(request.path)
        if method.name == "delete":
            if collection in DELETE:
                DELETE[collection](request)
            self.objects.remove(request.path)
        elif method.name in ("patch", "update") and collection in CHANGE:
            self._update(request, keep=method.name == "patch")
        else:
            raise not_offered(method)
        return None

    def _insert(self, request: Request) -> None:
        collection = collection_of(request.path)
        if self.objects.find(request.path):
            raise CloudError(409, f"The resource '{request.path}' already exists", "alreadyExists")
        if not request.body.get("name"):
            raise invalid("resource.name", "", "A name is required.")
        self.objects.resolve(collection, request.body, request.project)
        INSERT[collection](request)
        self.objects.add(request.path, request.body)

    def _update(self, request: Request, *, keep: bool) -> None:
        present = request.target
        new = _merged(present, request.body) if keep else {**_own(present), **request.body}
        collection = collection_of(request.path)
        if new.get("name") != present["name"]:
            raise invalid("resource.name", new.get("name"), "A name can't be changed.")
        self.objects.resolve(collection, new, request.project)
        CHANGE[collection](Request(objects=self.objects, project=request.project, path=request.path, body=new))
        present.clear()
        present.update(new)


def _check_project(project: str, method: Method) -> None:
    public = project in {image.project for image in catalogue.images()}
    if public and method.collection != "images":
        message = f"Required '{method.identity}' permission for 'projects/{project}'"
        raise CloudError(403, message, "forbidden")
    if not _PROJECT.fullmatch(project):
        raise CloudError(404, f"Failed to find project {project}", "notFound")


def _own(body: Body) -> Body:
    return {name: body[name] for name in _OWN if name in body}


def _merged(present: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(deepcopy(present))
    for name, value in patch.items():
        old = merged.get(name)
        merged[name] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged

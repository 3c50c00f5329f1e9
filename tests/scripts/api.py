#!/usr/bin/python3 -IS
"""Stands for curl: an API server with one Node and its pods, kept in the files beside the `bin` that this lies in.

Written out as the real one does it, two blanks for each level. It keeps a log of what it is asked. A pod is {"name",
"namespace", "kind" of its owner, "static", "budget": how often its eviction is refused, "ends": how often it is still
listed after that}.
"""

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
PODS, NODE = HERE / "pods.json", HERE / "node.json"
BUDGET = "The disruption budget web needs 1 healthy pods and has 1 currently"


def main() -> int:
    """Answer one request."""
    words = iter(sys.argv[1:])
    given: dict[str, str] = {}
    url = ""
    for word in words:
        if word in ("--request", "--data", "--output"):
            given[word] = next(words)
        elif word.startswith("http"):
            url = word
    path = "/" + url.partition("://")[2].partition("/")[2].partition("?")[0]
    method = given.get("--request", "GET")
    if "127.0.0.1:10248" in url:
        return 0
    with (HERE / "api.log").open("a") as log:
        log.write(f"{method} {path}{' ' + given['--data'] if method == 'PATCH' else ''}\n")
    if (HERE / "down").exists():
        return 7
    status, body = answer(method, path, given.get("--data", ""))
    text = json.dumps(body, indent=2) + "\n"
    if output := given.get("--output"):
        Path(output).write_text(text)
    else:
        print(text, end="")
    return status


def answer(method: str, path: str, data: str) -> tuple[int, Any]:
    """curl's exit status and the body."""
    if path.startswith("/api/v1/nodes/"):
        node = json.loads(NODE.read_text())
        if method == "PATCH":
            merge(node, json.loads(data))
            NODE.write_text(json.dumps(node))
        return 0, node
    pods = json.loads(PODS.read_text())
    if path.endswith("/eviction"):
        return evict(pods, path.split("/")[-2])
    for pod in pods:
        pod["ends"] = pod.get("ends", 0) - pod.get("asked", 0)
    pods = [pod for pod in pods if not pod.get("asked") or pod["ends"] > 0]
    PODS.write_text(json.dumps(pods))
    return 0, {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": [item(pod) for pod in pods]}


def evict(pods: list[dict[str, Any]], name: str) -> tuple[int, Any]:
    """A pod's eviction: refused as long as its budget says."""
    for pod in pods:
        if pod["name"] == name:
            if pod.get("budget", 0) > 0:
                pod["budget"] -= 1
                PODS.write_text(json.dumps(pods))
                cause = {"reason": "DisruptionBudget", "message": BUDGET}
                message = "Cannot evict pod as it would violate the pod's disruption budget."
                return 22, {"kind": "Status", "message": message, "details": {"causes": [cause]}}
            pod["asked"] = 1
            PODS.write_text(json.dumps(pods))
            return 0, {"kind": "Status", "status": "Success"}
    return 22, {"kind": "Status", "message": f'pods "{name}" not found'}


def item(pod: dict[str, Any]) -> dict[str, Any]:
    """As it is listed."""
    metadata: dict[str, Any] = {"name": pod["name"], "namespace": pod.get("namespace", "default")}
    if pod.get("asked"):
        metadata["deletionTimestamp"] = "2030-01-01T00:00:00Z"
    if pod.get("static"):
        metadata["annotations"] = {"kubernetes.io/config.mirror": "x"}
    metadata["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": pod.get("kind", "ReplicaSet"), "name": "owner"}]
    spec = {"volumes": [{"name": "kube-api-access"}], "containers": [{"name": "server"}], "nodeName": "n1"}
    return {"metadata": metadata, "spec": spec, "status": {"phase": "Running"}}


def merge(into: dict[str, Any], patch: dict[str, Any]) -> None:
    """A JSON merge patch."""
    for key, value in patch.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict):
            merge(into.setdefault(key, {}), value)
        else:
            into[key] = value


if __name__ == "__main__":
    sys.exit(main())

"""Node labels and taints: their syntax, and which of them a node may not give itself."""

import re
from typing import Annotated

from pydantic import AfterValidator, StrictStr

from components.config.problems import mistake
from components.config.values import is_dns_name

_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
# What NodeRestriction lets a kubelet write of the reserved prefixes (k8s.io/kubelet/pkg/apis/well_known_labels.go),
# less what every kubelet writes itself: hostname, os and arch.
_KUBELET_PREFIXES = ("kubelet.kubernetes.io", "node.kubernetes.io")
_KUBELET_LABELS = frozenset({"topology.kubernetes.io/zone", "topology.kubernetes.io/region"})


def _is_name(text: str) -> bool:
    return len(text) <= 63 and _NAME.fullmatch(text) is not None


def _is_key(text: str) -> bool:
    prefix, slash, name = text.rpartition("/")
    return _is_name(name) and (not slash or is_dns_name(prefix))


def _reserved(prefix: str) -> bool:
    domains = ("kubernetes.io", "k8s.io")
    return any(prefix == domain or prefix.endswith(f".{domain}") for domain in domains)


def _label_key(key: str) -> str:
    if not _is_key(key):
        raise mistake(
            "a label's key: up to 63 letters, digits, dashes, dots, underscores, with or without a DNS name/ before it",
            "write it like disk or example.org/disk",
        )
    prefix = key.rpartition("/")[0]
    allowed = key in _KUBELET_LABELS or any(prefix == p or prefix.endswith(f".{p}") for p in _KUBELET_PREFIXES)
    if _reserved(prefix) and not allowed:
        raise mistake(
            "labels below kubernetes.io and k8s.io belong to Kubernetes; a node may not give them to itself",
            "use a prefix of your own, like example.org/, or topology.kubernetes.io/zone or /region",
        )
    return key


def _label_value(value: str) -> str:
    if value and not _is_name(value):
        raise mistake(
            "a label's value: at most 63 letters, digits, dashes, dots and underscores, a letter or digit at both ends",
            "shorten it, or put long text into an annotation",
        )
    return value


def _taint(text: str) -> str:
    pair, colon, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    if not colon or not _is_key(key) or (value and not _is_name(value)):
        raise mistake("a taint is key=value:Effect or key:Effect", "write it like dedicated=storage:NoSchedule")
    if effect not in EFFECTS:
        raise mistake(f"a taint's effect is {', '.join(EFFECTS[:-1])} or {EFFECTS[-1]}", f"write {pair}:NoSchedule")
    if key.startswith("node.kubernetes.io/"):
        raise mistake(
            "taints below node.kubernetes.io are set and removed by Kubernetes as a node's condition changes",
            "use a key of your own, like dedicated=storage:NoSchedule",
        )
    return text


LabelKey = Annotated[StrictStr, AfterValidator(_label_key)]
LabelValue = Annotated[StrictStr, AfterValidator(_label_value)]
Taint = Annotated[StrictStr, AfterValidator(_taint)]

"""Extra arguments: no flag twice, none that opens what is closed, none that breaks the line it stands in."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from components.config.extras import ExtraArgs
from components.config.facts import Facts, refuse
from components.config.keys import written
from components.config.problems import Problem

FILES = Path(__file__).parents[2] / "files" / "etc"
# The files that give each component its flags or the fields that stand for flags.
TEMPLATES = {
    "etcd": ("kubernetes/manifests/etcd.yaml.j2",),
    "kubeApiserver": ("kubernetes/manifests/kube-apiserver.yaml.j2",),
    "kubeControllerManager": ("kubernetes/manifests/kube-controller-manager.yaml.j2",),
    "kubeScheduler": ("kubernetes/manifests/kube-scheduler.yaml.j2",),
    "kubelet": ("systemd/system/kubelet.service.j2", "kubernetes/kubelet.yaml.j2"),
    "kubeProxy": ("systemd/system/kube-proxy.service.j2", "kubernetes/kube-proxy.yaml.j2"),
}
# Flags that have a setting of their own, or whose field in the component's file has another name.
SETTINGS = {
    "service-cluster-ip-range": "network.serviceRange",
    "secure-port": "api.port",
    "cluster-cidr": "network.podRange",
    "cluster-dns": "network.serviceRange",
    "cluster-domain": "network.dnsDomain",
    "max-pods": "network.podsPerNode",
    "node-labels": "machines[].labels",
    "register-with-taints": "machines[].taints",
    "token-auth-file": "users",
    "admission-control-config-file": "security",
    "hostname-override": "machines[].name",
    "node-ip": "machines[].address",
    "pod-cidr": "machines[].podRange",
    "provider-id": "cloud.controllerManager",
}
# Flags whose field in the component's file is named otherwise or lies deeper.
RENAMED = {
    "kubelet": (
        "anonymous-auth", "authentication-token-webhook", "authorization-mode", "client-ca-file", "event-qps",
        "make-iptables-util-chains", "pod-manifest-path",
    ),
    "kubeProxy": ("kubeconfig", "proxy-mode", "conntrack-max-per-core", "conntrack-min", "nodeport-addresses"),
}  # fmt: skip
# Whatever its value: plain HTTP, or a way in without a name.
OPEN = {
    "etcd": ("listen-client-http-urls",),
    "kubeApiserver": (
        "insecure-port", "insecure-bind-address", "insecure-bind-port", "basic-auth-file", "kubelet-https",
    ),
    "kubeControllerManager": ("port", "address"),
    "kubeScheduler": ("port", "address"),
}  # fmt: skip
CLOSED = {
    "anonymous-auth": ("false",),
    "read-only-port": ("0",),
    "profiling": ("false",),
    "enable-debugging-handlers": ("false",),
    "insecure-skip-tls-verify": ("false",),
    "enable-pprof": ("false",),
    "client-cert-auth": ("true",),
    "peer-client-cert-auth": ("true",),
    "tls-min-version": ("VersionTLS12", "VersionTLS13", "TLS1.2", "TLS1.3"),
}
_FLAG = re.compile(r"[a-z][a-z0-9]*([-.][a-z0-9]+)*")
_VALUE = re.compile(r"[A-Za-z0-9,.:;=<>*/_@+()\[\]|~-]*")


def extra_args(facts: Facts) -> Iterator[Problem]:
    """No flag that the program sets or that has a setting, that opens what is closed, or has blanks in its value."""
    for name, info in ExtraArgs.model_fields.items():
        component = str(info.alias)
        for flag, value in getattr(facts.config.extra_args, name).items():
            broken = _broken(component, flag, value)
            if broken:
                yield refuse(written(("extraArgs", component, flag)), *broken, value)


def _broken(component: str, flag: str, value: str) -> tuple[str, str] | None:
    if not _FLAG.fullmatch(flag):
        bare = re.sub(r"[^a-z0-9.]+", "-", flag.split("=")[0].lower()).strip("-")
        return "a flag's name without dashes before it and without its value", f'write {bare}: "VALUE"'
    if flag in OPEN.get(component, ()):
        return "no plain HTTP and no way in without a certificate or a token", "leave it out; the API speaks HTTPS only"
    if flag in CLOSED and value not in CLOSED[flag]:
        return f"{flag} stays {' or '.join(CLOSED[flag])}: anything else opens what is closed", "leave it out"
    if flag == "authorization-mode" and "AlwaysAllow" in value.split(","):
        return (
            "AlwaysAllow would let everybody do everything",
            "leave it out; the API server has Node,RBAC, the kubelet Webhook",
        )
    if flag in SETTINGS:
        return "a flag is set in one place, and this one has a setting", f"use {SETTINGS[flag]}"
    if flag in own_flags(component):
        return "a flag is set in one place, and the program sets this one", f"change it in {_where(component, flag)}"
    if not _VALUE.fullmatch(value) or value.endswith(":"):
        rule = "a value without blanks, quotes and the like: it stands in a manifest or a unit as it is"
        return rule, "put it into a file (extraFiles) that the flag can name"
    return None


@cache
def own_flags(component: str) -> dict[str, str]:
    """The flags that the program's own files set for the component, each with its file."""
    found: dict[str, str] = {}
    for template in TEMPLATES[component]:
        text = (FILES / template).read_text(encoding="utf-8")
        flags = re.findall(r"--([a-z][a-z0-9.-]*)[= ]", text)
        if ".service" not in template and "manifests/" not in template:
            fields = re.findall(r"^([a-z][A-Za-z]*):", text, re.MULTILINE)
            flags = [*map(_as_flag, fields), *RENAMED[component]]
        found |= dict.fromkeys(flags, template)
    return found


def _as_flag(field: str) -> str:
    """maxPods → max-pods, clusterDNS → cluster-dns, serverTLSBootstrap → server-tls-bootstrap."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", field).lower()


def _where(component: str, flag: str) -> str:
    return f"components/files/etc/{own_flags(component)[flag]}"

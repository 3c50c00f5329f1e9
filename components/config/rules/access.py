"""The API's endpoint, its users, and the life of certificates."""

import re
from collections.abc import Iterator

from components.config.facts import Facts, refuse
from components.config.problems import Problem

# What a control plane listens on beside the API: etcd, kubelet, kube-proxy, Felix, the balancer, the managers.
TAKEN_PORTS = {
    2379: "etcd", 2380: "etcd", 2381: "etcd", 8405: "the API's balancer", 9098: "Felix", 9099: "Felix",
    10248: "kubelet", 10249: "kube-proxy", 10250: "kubelet", 10256: "kube-proxy", 10257: "kube-controller-manager",
    10259: "kube-scheduler",
}  # fmt: skip
NODE_PORTS = range(30000, 32768)
# RFC 5280: a common name has 64 characters at most.
LONGEST_NAME = 64
_NAME = re.compile(r"(?!.*::)[A-Za-z0-9]([A-Za-z0-9._@:+-]*[A-Za-z0-9])?")


def api_port(facts: Facts) -> Iterator[Problem]:
    """The API's port is no other component's and no NodePort."""
    port = facts.config.api.port
    owner = TAKEN_PORTS.get(port) or ("a service of type NodePort" if port in NODE_PORTS else None)
    if owner:
        yield refuse("api.port", f"a port of its own; {port} is for {owner}", "write 6443, or leave it out", port)


def users(facts: Facts) -> Iterator[Problem]:
    """Users and groups have names that certificates and the token file can hold, and none of the system's own."""
    seen: dict[str, str] = {}
    for key, index in facts.entries("users"):
        user = facts.config.users[index]
        yield from _name(f"{key}.name", user.name)
        for place, group in enumerate(user.groups):
            yield from _name(f"{key}.groups[{place}]", group)
        if user.credential == "certificate" and len(user.groups) > 1:
            rule = "one group at most with a certificate: the issuer of certificates (pulumi-tls) writes one"
            way_out = "bind roles to the user's name instead, or write credential: token"
            yield refuse(f"{key}.groups", rule, way_out, list(user.groups))
        if user.name in seen:
            rule = f"no name twice: {seen[user.name]}.name is the same"
            yield refuse(f"{key}.name", rule, "one entry per user, with all groups", user.name)
        seen.setdefault(user.name, key)


def _name(key: str, name: str) -> Iterator[Problem]:
    if name == "system:masters":
        rule = "system:masters passes by all authorisation, and its certificates can't be withdrawn"
        way_out = (
            "choose a group of your own and bind it: "
            "kubectl create clusterrolebinding NAME --clusterrole=cluster-admin --group=GROUP"
        )
        yield refuse(key, rule, way_out, name)
    elif name.startswith(("system:", "operator:")):
        rule = f"names that begin with {name.partition(':')[0]}: belong to the cluster's own parts"
        yield refuse(key, rule, "choose another name", name)
    elif name in OWN_NAMES:
        yield refuse(key, "the name of one of the cluster's own parts", "choose another name", name)
    elif len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        rule = f"at most {LONGEST_NAME} letters, digits and . _ @ : + -, a letter or digit at both ends"
        yield refuse(key, rule, "write it like jane or jane@example.org", name)


# The common names that the program gives to certificates of its own.
OWN_NAMES = (
    "admin",
    "kube-apiserver",
    "kube-apiserver-kubelet-client",
    "kubelet-serving-approver",
    "front-proxy-client",
)


def certificates(facts: Facts) -> Iterator[Problem]:
    """Certificates are renewed before they end, and are not valid for longer than what signed them."""
    chosen = facts.config.certificates
    if not facts.sound("certificates"):
        return
    if chosen.renew_before_hours >= chosen.validity_hours:
        rule = f"it is less than validityHours ({chosen.validity_hours}), or every `pulumi up` would renew"
        way_out = f"write {chosen.validity_hours // 3}, a third of it"
        yield refuse("certificates.renewBeforeHours", rule, way_out, chosen.renew_before_hours)
    if chosen.authority_validity_hours < chosen.validity_hours:
        rule = f"authorities are valid at least as long as what they sign ({chosen.validity_hours} hours)"
        way_out = f"write {10 * chosen.validity_hours}, ten times that"
        yield refuse("certificates.authorityValidityHours", rule, way_out, chosen.authority_validity_hours)

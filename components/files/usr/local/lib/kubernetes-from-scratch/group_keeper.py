"""Keeps the Nodes of groups, on every control plane: lets their machines in, describes them, takes out who is gone.

A machine of group POOL at A.B.C.D is the Node POOL-A-B-C-D, so its name says all that an administrator says of other
machines. With its pool's bootstrap token a machine may ask for the certificate of such a name of its own pool, in the
group's subnets, and only while no such Node is Ready: a stolen token takes over no Node that lives.

Nothing that a request says is trusted: from the name that it asks for, the one honest request is put together and
compared, byte by byte, up to its key and signature.
"""

import base64
import datetime
import ipaddress
import json
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SETTINGS = Path("/etc/kubernetes/groups.json")
AUTHORITY = "/etc/kubernetes/pki/cluster-ca.crt"
CREDENTIAL = "/etc/kubernetes/pki/group-keeper/client"
GROUP_PREFIX = "system:bootstrappers:kubernetes-from-scratch:groups:"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
OPEN_REQUESTS = f"{REQUESTS}?fieldSelector=spec.signerName%3Dkubernetes.io%2Fkube-apiserver-client-kubelet"
POOL_LABEL = "kubernetes-from-scratch/pool"
# Seconds between two looks.
PAUSE = 3
# Seconds without a word of its kubelet after which a Node goes. Its pods were moved after five minutes; those that no
# other may replace (of StatefulSets) wait until it is gone.
GONE_AFTER = 600
# Seconds after which a request is given up; its kubelet asks anew. None lies in wait for a Node to fall silent.
PATIENCE = 900
# A key of the curve P-256, and a signature by ECDSA with SHA-256: what every kubelet makes.
KEY = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
SIGNATURE = bytes.fromhex("300a06082a8648ce3d040302")


Object = dict[str, Any]
Groups = Mapping[str, list[str]]


def main() -> None:
    settings = json.loads(SETTINGS.read_text())
    api = Api(settings["server"])
    told = set[str]()
    while True:
        try:
            look(api, settings, told)
        except (OSError, ValueError) as error:
            print(f"not now: {type(error).__name__}: {error}")
        time.sleep(PAUSE)


def look(api: "Api", settings: Object, told: set[str]) -> None:
    """One pass over Nodes and requests; `told` are the requests of which it was said why they wait."""
    nodes = {one["metadata"]["name"]: one for one in api.get("/api/v1/nodes?resourceVersion=0")["items"]}
    now = datetime.datetime.now(datetime.UTC)
    for name in gone(nodes, settings["groups"], now):
        print(f"{name}: its Node goes: nothing was heard of it for {GONE_AFTER} s")
        api.send("DELETE", f"/api/v1/nodes/{name}")
        del nodes[name]
    for name, node in nodes.items():
        missing = description(node, settings)
        if missing:
            api.send("PATCH", f"/api/v1/nodes/{name}", missing, "application/merge-patch+json")
            print(f"{name}: described")
    for request in api.get(OPEN_REQUESTS)["items"]:
        if of_group(request) and not request.get("status", {}).get("conditions") and age(request, now) < PATIENCE:
            decide(api, request, settings["groups"], told)


def decide(api: "Api", request: Object, groups: Groups, told: set[str]) -> None:
    """Approves the request, or leaves it pending and says why."""
    id_ = request["metadata"]["name"]
    name, wrong = judge(request, groups)
    # Not what a pass read before: it decides whether a Node that lives is taken over.
    node = {} if wrong else api.find(f"/api/v1/nodes/{name}")
    if node and is_ready(node):
        wrong = f"the Node {name} is Ready: another machine has that name"
    if wrong:
        if id_ not in told:
            print(f"{id_}: left pending: {wrong}")
        told.add(id_)
        return
    if node:
        if node["metadata"]["creationTimestamp"] >= request["metadata"]["creationTimestamp"]:
            # It is the new machine's own: the keeper of another control plane was faster.
            return
        # What it says of the machine that had this address before must not be taken for the new one's.
        api.send("DELETE", f"/api/v1/nodes/{name}")
    approved = {"type": "Approved", "status": "True", "reason": "GroupKeeper", "message": f"for {name}"}
    request["status"] = {"conditions": [approved]}
    api.send("PUT", f"{REQUESTS}/{id_}/approval", request)
    print(f"{id_}: approved for {name}")


def of_group(request: Object) -> bool:
    """Whether it was made with the token of a group; others are for kube-controller-manager."""
    return any(group.startswith(GROUP_PREFIX) for group in request["spec"].get("groups", ()))


def judge(request: Object, groups: Groups) -> tuple[str, str]:
    """The name of the Node that it is for, and what is wrong with it: nothing where it is honest."""
    spec = request["spec"]
    pools = [group.removeprefix(GROUP_PREFIX) for group in spec["groups"] if group.startswith(GROUP_PREFIX)]
    if len(pools) != 1 or not spec["username"].startswith("system:bootstrap:"):
        return "", f"its sender {spec['username']} has no token of one group"
    if spec.get("usages") != ["digital signature", "client auth"]:
        return "", f"its usages are {spec.get('usages')}"
    der = only_block(base64.b64decode(spec["request"]))
    name = asked_name(der)
    if address_of(name, groups, pools[0]) is None:
        return name, f"it asks for {name!r}, which is no machine of {pools[0]}"
    if not is_honest(der, name):
        return name, f"it asks for more than the name {name}, or is not made as kubelets make it"
    return name, ""


def address_of(name: str, groups: Groups, pool: str = "") -> ipaddress.IPv4Address | None:
    """The address that a Node's name says; None where it is no machine's of the groups (of `pool`)."""
    found = re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?)-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})", name, re.ASCII)
    if not found or found[1] not in groups or (pool and found[1] != pool):
        return None
    try:
        address = ipaddress.IPv4Address(".".join(found.group(3, 4, 5, 6)))
    except ValueError:
        return None
    return address if any(address in ipaddress.IPv4Network(one) for one in groups[found[1]]) else None


def only_block(pem: bytes) -> bytes:
    """What kube-controller-manager sees in it as well: one PEM block and nothing else."""
    found = re.fullmatch(
        rb"-----BEGIN CERTIFICATE REQUEST-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE REQUEST-----\n?", pem
    )
    return base64.b64decode(found[1]) if found else b""


def asked_name(der: bytes) -> str:
    """The Node's name that a request seems to be for."""
    prefix = b"system:node:"
    found = re.search(rb"\x06\x03\x55\x04\x03\x13(.)" + prefix, der, re.DOTALL)
    if not found:
        return ""
    # What follows a text of that length is not of the name, whatever it looks like.
    return der[found.end() :][: found[1][0] - len(prefix)].decode(errors="replace")


def wrapped(tag: int, *content: bytes) -> bytes:
    """A DER value."""
    body = b"".join(content)
    size = len(body)
    length = bytes([size]) if size < 128 else bytes([0x81, size]) if size < 256 else bytes([0x82, *divmod(size, 256)])
    return bytes([tag]) + length + body


def subject(name: str) -> bytes:
    """O=system:nodes, CN=system:node:NAME."""
    return wrapped(
        0x30,
        wrapped(0x31, wrapped(0x30, bytes.fromhex("060355040a"), wrapped(0x13, b"system:nodes"))),
        wrapped(0x31, wrapped(0x30, bytes.fromhex("0603550403"), wrapped(0x13, b"system:node:" + name.encode()))),
    )


def is_honest(der: bytes, name: str) -> bool:
    """Whether it is what the kubelet of that name sends, up to key and signature: no further name or attribute."""
    point = bytes(64)
    body = wrapped(0x30, bytes.fromhex("020100"), subject(name), KEY, point, bytes.fromhex("a000"))
    before, _, after = body.partition(KEY + point)
    pattern = b"\x30(\x81.|\x82..)" + re.escape(before + KEY) + b".{64}" + re.escape(after + SIGNATURE) + b"\x03.+"
    return re.fullmatch(pattern, der, re.DOTALL) is not None


def condition_of(node: Object) -> Object:
    """Its condition Ready."""
    found = (one for one in node.get("status", {}).get("conditions", ()) if one["type"] == "Ready")
    return next(found, {"status": "Unknown"})


def is_ready(node: Object) -> bool:
    return bool(condition_of(node)["status"] == "True")


def gone(nodes: Mapping[str, Object], groups: Groups, now: datetime.datetime) -> list[str]:
    """Nodes of groups whose machines are no more. None where most Nodes are silent: then something else is wrong."""
    silent = {name for name, node in nodes.items() if not is_ready(node)}
    if len(silent) * 2 > len(nodes):
        return []
    return [name for name in silent if address_of(name, groups) and silence(nodes[name], now) > GONE_AFTER]


def silence(node: Object, now: datetime.datetime) -> float:
    """Seconds since it stopped to be Ready."""
    since = condition_of(node).get("lastTransitionTime")
    return seconds(since, now) if since else age(node, now)


def age(thing: Object, now: datetime.datetime) -> float:
    """Seconds since it was made."""
    return seconds(thing["metadata"]["creationTimestamp"], now)


def seconds(since: str, now: datetime.datetime) -> float:
    return (now - datetime.datetime.fromisoformat(since.replace("Z", "+00:00"))).total_seconds()


def description(node: Object, settings: Object) -> Object:
    """What only an administrator may say of a Node of a group, as far as it was not said yet: a patch."""
    metadata = node["metadata"]
    address = address_of(metadata["name"], settings["groups"])
    if address is None:
        return {}
    wanted = {
        POOL_LABEL: metadata["name"].rsplit("-", 4)[0],
        # What kubelet-serving-approver checks the request for the serving certificate against.
        "node-restriction.kubernetes.io/address": str(address),
        "node-role.kubernetes.io/node": "",
    }
    patch: Object = {}
    if any(metadata.get("labels", {}).get(key) != value for key, value in wanted.items()):
        patch["metadata"] = {"labels": wanted}
    if settings["podRange"] and not node.get("spec", {}).get("podCIDR"):
        own = pod_range(address, settings)
        patch["spec"] = {"podCIDR": own, "podCIDRs": [own]}
    return patch


def pod_range(address: ipaddress.IPv4Address, settings: Object) -> str:
    """Its place in the node range is its place in the pod range."""
    slot = int(address) - int(ipaddress.IPv4Network(settings["nodeRange"]).network_address)
    pods = int(ipaddress.IPv4Network(settings["podRange"]).network_address)
    return str(ipaddress.IPv4Network((pods + (slot << (32 - settings["podPrefix"])), settings["podPrefix"])))


class Api:
    """The API server of this control plane."""

    def __init__(self, server: str) -> None:
        context = ssl.create_default_context(cafile=AUTHORITY)
        context.load_cert_chain(f"{CREDENTIAL}.crt", f"{CREDENTIAL}.key")
        handler = urllib.request.HTTPSHandler(context=context)
        # No proxy of the environment stands between.
        self._opener, self._server = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler), server

    def get(self, path: str) -> Any:
        return self.send("GET", path, absent=())

    def find(self, path: str) -> Object:
        """Nothing where it is not there."""
        found: Object = self.send("GET", path, absent=(404,))
        return found

    def send(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        kind: str = "application/json",
        absent: tuple[int, ...] = (404, 409),
    ) -> Any:
        """One request; OSError where it is refused. With `absent` another control plane's keeper was faster."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._server + path, data, {"Content-Type": kind}, method=method)
        try:
            with self._opener.open(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code in absent:
                return {}
            raise OSError(f"{method} {path.partition('?')[0]}: {error.code} {error.read()[:300]!r}") from error


if __name__ == "__main__":
    main()

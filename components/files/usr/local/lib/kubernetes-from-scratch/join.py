"""Makes a machine of a group a node: fetches what the group's machines get, fills in what only this one knows, runs it.

The step and its files are those that other nodes get by SSH. Run by kubernetes-join.service until it succeeds once; the
settings, which hold the token, go at the end.
"""

import base64
import io
import ipaddress
import json
import socket
import ssl
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SETTINGS = Path("/etc/kubernetes/join.json")


def main() -> None:
    settings = json.loads(SETTINGS.read_text())
    # The names that cloud-init gives to the same things in every cloud.
    instance = json.loads(subprocess.check_output(["cloud-init", "query", "v1"]))
    try:
        server = settings["servers"][instance["availability_zone"]]
        bundle = fetch(server, settings)
        values = known(settings, instance, server, own_address(server))
    except (OSError, KeyError, ValueError) as error:
        # The API may not be there yet; systemd tries again.
        sys.exit(f"not yet: {type(error).__name__}: {error}")
    set_host_name(values["@NAME@"])
    run(bundle, values)
    SETTINGS.unlink()


def fetch(server: str, settings: Mapping[str, Any]) -> dict[str, bytes]:
    """The step and its standard input, from the Secret that is this pool's."""
    context = ssl.create_default_context(cadata=settings["authority"])
    request = urllib.request.Request(
        f"{server}/api/v1/namespaces/kube-system/secrets/join-{settings['pool']}",
        headers={"Authorization": f"Bearer {settings['token']}"},
    )
    with urllib.request.urlopen(request, timeout=20, context=context) as answer:
        data = json.load(answer)["data"]
    return {name: base64.b64decode(text) for name, text in data.items()}


def own_address(server: str) -> ipaddress.IPv4Address:
    """The address with which this machine speaks to the API."""
    host = urllib.parse.urlsplit(server)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host.hostname, host.port))
        return ipaddress.IPv4Address(probe.getsockname()[0])


def known(
    settings: Mapping[str, Any], instance: Mapping[str, str], server: str, address: ipaddress.IPv4Address
) -> dict[str, str]:
    """Blank -> what stands there on this machine. Its place in the node range is its place in the pod range."""
    if not any(address in ipaddress.IPv4Network(one) for one in settings["subnets"]):
        raise ValueError(f"{address} is in none of the group's subnets {', '.join(settings['subnets'])}")
    slot = int(address) - int(ipaddress.IPv4Network(settings["nodeRange"]).network_address)
    pods = int(ipaddress.IPv4Network(settings["podRange"]).network_address)
    own = ipaddress.IPv4Network((pods + (slot << (32 - settings["podPrefix"])), settings["podPrefix"]))
    zone = instance["availability_zone"]
    # Google's provider ids have the instance's name, Amazon's its id.
    named = {"@ZONE@": zone, "@ID@": instance["instance_id"], "@HOST@": instance["local_hostname"].partition(".")[0]}
    provider_id = settings["providerId"]
    for blank, value in named.items():
        provider_id = provider_id.replace(blank, value)
    return {
        "@NAME@": f"{settings['pool']}-{str(address).replace('.', '-')}",
        "@ADDRESS@": str(address),
        "@POD_RANGE@": str(own),
        "@SERVER@": server,
        "@ZONE@": zone,
        "@PROVIDER_ID@": provider_id,
        "@TOKEN@": settings["token"],
    }


def filled(text: bytes, values: Mapping[str, str]) -> bytes:
    """The text, as bytes, without blanks."""
    for blank, value in values.items():
        text = text.replace(blank.encode(), value.encode())
    return text


def packed(payload: bytes, values: Mapping[str, str]) -> bytes:
    """The step's standard input: scripts as they are, and secret files without blanks."""
    buffer = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(base64.b64decode(payload))) as old,
        tarfile.open(fileobj=buffer, mode="w:gz") as new,
    ):
        for member in old.getmembers():
            file = old.extractfile(member)
            content = file.read() if file else b""
            if member.name.startswith("secrets/"):
                content = filled(content, values)
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    return base64.b64encode(buffer.getvalue())


def set_host_name(name: str) -> None:
    Path("/etc/hostname").write_text(f"{name}\n")
    socket.sethostname(name)
    hosts = Path("/etc/hosts")
    there = hosts.read_text()
    if name not in there.split():
        hosts.write_text(f"{there.rstrip()}\n127.0.1.1 {name}\n")


def run(bundle: Mapping[str, bytes], values: Mapping[str, str]) -> None:
    """The step, as SSH would run it."""
    step = filled(bundle["step"], values)
    done = subprocess.run(["/bin/bash", "-c", step], input=packed(bundle["payload"], values))
    if done.returncode != 0:
        sys.exit(f"the step ended with {done.returncode}")


if __name__ == "__main__":
    main()

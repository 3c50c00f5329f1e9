"""Finds a file in an image of a registry: which layer holds it, under which name."""

import json
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from tools.toolchain import upstream
from tools.toolchain.errors import ToolchainError
from tools.toolchain.progress import say

_MANIFESTS = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "docker.distribution.manifest.list.v2",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.v2",
    )
)


def find(reference: str, arch: str, path: str) -> tuple[str, str, str]:
    """The layer of HOST/NAME:TAG that holds `path`: its URL, its sha256, and the file's name in the layer's archive.

    A path below /bin may be below /usr/bin in the archive: images have the one as a link to the other.
    """
    host, rest = reference.split("/", 1)
    name, tag = rest.rsplit(":", 1)
    base = f"https://{host}/v2/{name}"
    manifest = _json(f"{base}/manifests/{tag}")
    for entry in manifest.get("manifests", []):
        platform = entry.get("platform", {})
        if (platform.get("os"), platform.get("architecture")) == ("linux", arch):
            manifest = _json(f"{base}/manifests/{entry['digest']}")
            break
    # The last layer that has the file counts, as it would in a container.
    for layer in reversed(manifest.get("layers", [])):
        digest = layer["digest"].removeprefix("sha256:")
        url = f"{base}/blobs/sha256:{digest}"
        member = _member(url, digest, path)
        if member:
            return url, digest, member
    raise ToolchainError(f"{reference} for {arch} has no file /{path}: correct tools/toolchain/upstream.yaml")


def _json(url: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(upstream.get(url, headers={"Accept": _MANIFESTS}))
    return content


def _member(url: str, digest: str, path: str) -> str | None:
    wanted = {path, f"usr/{path}"}
    with tempfile.TemporaryDirectory() as folder:
        layer = Path(folder) / "layer"
        upstream.download(url, layer, sha256=digest, step="lock")
        say("lock", f"looking for {path} in {url}")
        with tarfile.open(layer) as tar:
            return next((member.name for member in tar if member.isfile() and member.name.lstrip("./") in wanted), None)

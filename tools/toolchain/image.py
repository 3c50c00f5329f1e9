"""Docker-archive images of one layer, the same bytes for the same content."""

import hashlib
import io
import json
import stat
import tarfile
from pathlib import Path, PurePosixPath

from tools.toolchain.group import ImageSpec

MODIFIED = 0
"""Modification time of everything in an image: 1970, so that a rebuild gives the same digest."""

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

ACCOUNTS = {
    "etc/passwd": b"root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n",
    "etc/group": b"root:x:0:\nnogroup:x:65534:\n",
}


def write(output: Path, *, reference: str, spec: ImageSpec, arch: str, binaries: Path, root: Path | None) -> None:
    """Write the image's tar (aside, then in place).

    `binaries` holds the files that the spec names; `root` is a folder of further content (unpacked packages).
    """
    layer = _layer(spec, binaries, root)
    digest = hashlib.sha256(layer).hexdigest()
    runtime = {"Env": [PATH], "Entrypoint": spec.entrypoint, "Cmd": spec.command, "User": spec.user}
    config = {
        "architecture": arch,
        "os": "linux",
        "config": {key: value for key, value in runtime.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    config_bytes = json.dumps(config, sort_keys=True).encode()
    config_name = f"{hashlib.sha256(config_bytes).hexdigest()}.json"
    manifest = [{"Config": config_name, "RepoTags": [reference], "Layers": [f"{digest}/layer.tar"]}]
    output.parent.mkdir(parents=True, exist_ok=True)
    aside = output.with_name(output.name + ".new")
    with tarfile.open(aside, "w", format=tarfile.GNU_FORMAT) as tar:
        _add_bytes(tar, f"{digest}/layer.tar", layer)
        _add_bytes(tar, config_name, config_bytes)
        _add_bytes(tar, "manifest.json", json.dumps(manifest).encode())
    aside.replace(output)


def _layer(spec: ImageSpec, binaries: Path, root: Path | None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        folders: set[str] = set()
        if root:
            _add_tree(tar, root, folders)
        _add_folder(tar, "tmp", folders, mode=0o1777)
        for name, content in ACCOUNTS.items():
            _add_parents(tar, name, folders)
            _add_bytes(tar, name, content)
        for name, binary in spec.files.items():
            _add_parents(tar, name, folders)
            _add_file(tar, name, binaries / binary, mode=0o755)
        for name, target in spec.links.items():
            _add_parents(tar, name, folders)
            _add_link(tar, name, target)
    return buffer.getvalue()


def _add_tree(tar: tarfile.TarFile, root: Path, folders: set[str]) -> None:
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            _add_link(tar, name, str(path.readlink()))
        elif path.is_dir():
            _add_folder(tar, name, folders)
        elif path.is_file():
            _add_file(tar, name, path, mode=stat.S_IMODE(path.stat().st_mode) & 0o755)


def _add_parents(tar: tarfile.TarFile, name: str, folders: set[str]) -> None:
    for parent in reversed(PurePosixPath(name).parents[:-1]):
        _add_folder(tar, str(parent), folders)


def _add_folder(tar: tarfile.TarFile, name: str, folders: set[str], *, mode: int = 0o755) -> None:
    if name not in folders:
        folders.add(name)
        tar.addfile(_info(name, tarfile.DIRTYPE, mode))


def _add_link(tar: tarfile.TarFile, name: str, target: str) -> None:
    info = _info(name, tarfile.SYMTYPE, 0o777)
    info.linkname = target
    tar.addfile(info)


def _add_file(tar: tarfile.TarFile, name: str, source: Path, *, mode: int) -> None:
    info = _info(name, tarfile.REGTYPE, mode)
    info.size = source.stat().st_size
    with source.open("rb") as file:
        tar.addfile(info, file)


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = _info(name, tarfile.REGTYPE, 0o644)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _info(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    """A header that names nobody and no time (TarInfo's own owner is 0)."""
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.mtime = kind, mode, MODIFIED
    return info

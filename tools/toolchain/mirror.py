"""The artifact mirror: what machines fetch where upstream's release hosts can't be reached, built from Go modules."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from components.plan.lock import Archive, Binary, Image, Lock, read_lock
from tools.toolchain import build, debian, golang, image, lockfile
from tools.toolchain.errors import ToolchainError
from tools.toolchain.group import OTHERS, Group, ImageSpec, host_arch
from tools.toolchain.paths import BIN, BUILD, MIRROR, ROOT, relative
from tools.toolchain.progress import say

LOCK = MIRROR / "lock.yaml"

ORDER = (
    "pause",
    "runc",
    "cni",
    "etcd",
    "kubernetes",
    "containerd",
    "coredns",
    "pulumi",
    "language-python",
    "calico",
    "agnhost",
    "metrics-server",
    "local-path-provisioner",
    "busybox",
)
"""Groups as they are built: what a first cluster needs, then Pulumi, then the addons."""

ON_REQUEST = ("aws-cloud-controller-manager",)
"""Groups that are built by `make artifacts PART=NAME` only, and served from then on."""

COMMENT = """\
Made by `make tools` together with the mirror: what is served there, built from Go modules on this computer.
URLs are upstream's where upstream publishes such a file; the sums are those of the files built here.
docker.io/library/busybox is the distribution's busybox-static; registry.k8s.io/pause is our own pause.c."""


def make(names: Sequence[str] = ORDER) -> None:
    """Build the groups that are missing or out of date, and serve them: files and images, with their lock file."""
    others = [Group.load(path.name, OTHERS) for path in sorted(OTHERS.glob("kubernetes-*.*.*[0-9]"))]
    # One that was asked for once, and is as its folder says.
    kept = [one for one in map(Group.load, ON_REQUEST) if one.folder.name not in names and build.built(one)]
    groups = [*(Group.load(name) for name in names), *kept, *others]
    waiting = [group for group in groups if group.builds and build.built(group) is None]
    go = _compilers() if waiting else None
    if go:
        say("mirror", f"building {', '.join(group.name for group in waiting)} with Go {go.version}")
    binaries: list[Binary] = []
    images: list[Image] = []
    defaults: dict[str, str] = {}
    for group in groups:
        if go and group in waiting:
            build.build(group, go)
        sums = build.built(group) or {}
        if group not in others:
            _install_on_host(group)
        binaries += _serve_binaries(group, sums)
        images += _serve_images(group)
        if (group.mirror or group.images) and group not in others:
            defaults[group.name] = group.version
    versions = (defaults["kubernetes"], *(group.version for group in others))
    lock = Lock(schema=1, kubernetes=versions, defaults=defaults, binaries=tuple(binaries), images=tuple(images))
    if not LOCK.is_file() or read_lock(LOCK) != lock:
        lockfile.save(lock, LOCK, comment=COMMENT)
    _remove_unlisted({_path(url) for url in _urls(binaries, images)})
    total = sum(path.stat().st_size for path in MIRROR.rglob("*") if path.is_file())
    say("mirror", f"{len(binaries)} binaries and {len(images)} images, {total / 1e9:.1f} GB, in {relative(MIRROR)}")


def _compilers() -> golang.Go:
    """Go, and the C compiler with the static libraries that runc and pause are linked with."""
    needs = {
        "gcc": "gcc",
        "pkg-config": "pkg-config",
        "/usr/lib/*/libc.a": "libc6-dev",
        "/usr/lib/*/libseccomp.a": "libseccomp-dev",
    }
    command = [str(ROOT / "tools" / "packages"), *(f"{need}={package}" for need, package in needs.items())]
    if subprocess.run(command, check=False).returncode:
        raise ToolchainError("the C compiler could not be installed: see the lines above, then run `make tools` again")
    return golang.find()


def _urls(binaries: list[Binary], images: list[Image]) -> list[str]:
    archives = [archive for entry in images for archive in entry.archives.values()]
    return [entry.url for entry in binaries] + [archive.url for archive in archives]


def _path(url: str) -> Path:
    return MIRROR / url.removeprefix("https://")


def _install_on_host(group: Group) -> None:
    for name in group.host:
        place(group.output / name, BIN / name)


def _serve_binaries(group: Group, sums: dict[str, str]) -> list[Binary]:
    entries = []
    for name, template in group.mirror.items():
        url = group.fill(template)
        place(group.output / name, _path(url))
        entries.append(Binary(name=name, version=group.version, arch=host_arch(), url=url, sha256=sums[name]))
    return entries


def _serve_images(group: Group) -> list[Image]:
    stamp = BUILD / "images" / f"{group.folder.name}.json"
    key = _image_key(group)
    try:
        recorded = json.loads(stamp.read_text())
    except (FileNotFoundError, ValueError):
        recorded = {}
    entries, sums = [], {}
    for spec in group.images:
        url = f"https://images/{spec.name}-v{group.version}-{host_arch()}.tar"
        if recorded.get("key") != key or not _path(url).is_file():
            _write_image(group, spec, _path(url))
            sums[spec.name] = build.sha256(_path(url))
        else:
            sums[spec.name] = recorded["sha256"][spec.name]
        archives = {host_arch(): Archive(url=url, sha256=sums[spec.name])}
        reference = group.fill(spec.reference)
        entries.append(Image(name=spec.name, version=group.version, reference=reference, archives=archives))
    if group.images and recorded != (now := {"key": key, "sha256": sums}):
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(json.dumps(now, indent=1))
    return entries


def _image_key(group: Group) -> str:
    """An image is made again when the group changes, or the code that packs it."""
    code = b"".join(Path(module.__file__ or "").read_bytes() for module in (image, debian))
    return hashlib.sha256(group.key().encode() + code).hexdigest()


def _write_image(group: Group, spec: ImageSpec, output: Path) -> None:
    root = BUILD / "images" / spec.name if spec.debian else None
    if root:
        packages = debian.unpack(spec.debian, root)
        say("mirror", f"image {spec.name}: with {', '.join(packages)}")
    reference = group.fill(spec.reference)
    image.write(output, reference=reference, spec=spec, arch=host_arch(), binaries=group.output, root=root)
    if root:
        shutil.rmtree(root)


def place(source: Path, target: Path) -> None:
    """Put the same file at another place, aside first; hard links spare the disk a second copy."""
    if target.is_file() and target.samefile(source):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(target.name + ".new")
    aside.unlink(missing_ok=True)
    os.link(source, aside)
    aside.replace(target)


def _remove_unlisted(listed: set[Path]) -> None:
    """Drop what an earlier version left behind."""
    for path in MIRROR.rglob("*"):
        if path.is_file() and path != LOCK and path not in listed:
            path.unlink()

"""Pulumi from upstream: the command line from its release, the provider plugins by the engine itself."""

import os
import re
import subprocess
import tarfile
from importlib.metadata import version
from pathlib import Path

from tools.toolchain import lock, upstream
from tools.toolchain.errors import ToolchainError
from tools.toolchain.group import Group, host_arch
from tools.toolchain.mirror import place
from tools.toolchain.paths import BIN, BUILD, PULUMI_HOME, ROOT
from tools.toolchain.progress import Ticker, say

RELEASES = "https://github.com/pulumi/pulumi/releases/download"
PLUGINS = "https://get.pulumi.com/releases/plugins"
_ARCHES = {"amd64": "x64", "arm64": "arm64"}


def install_cli() -> None:
    """Pulumi's command line and its Python language host, in the version that the mirror would build."""
    wanted = Group.load("pulumi").version
    unpacked = BUILD / f"pulumi-v{wanted}"
    if not unpacked.is_dir():
        file = f"pulumi-v{wanted}-linux-{_ARCHES[host_arch()]}.tar.gz"
        sums = f"{RELEASES}/v{wanted}/pulumi-{wanted}-checksums.txt"
        try:
            text = upstream.get(sums).decode()
        except OSError as error:
            problem = upstream.sentence(error)
            raise ToolchainError(f"{sums} could not be fetched: {problem}. Run `make tools` again.") from None
        archive = BUILD / file
        digest = lock.published_sum(text, file=file, source=sums)
        upstream.download(f"{RELEASES}/v{wanted}/{file}", archive, sha256=digest, step="pulumi")
        _unpack(archive, unpacked)
        say("pulumi", f"{wanted} installed from its release")
    for path in unpacked.iterdir():
        place(path, BIN / path.name)


def _unpack(archive: Path, target: Path) -> None:
    """The command line and what the Python language host consists of; other languages' hosts stay in the archive."""
    aside = target.with_name(target.name + ".new")
    aside.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        for member in tar:
            name = member.name.rsplit("/", 1)[-1]
            if member.isfile() and (name == "pulumi" or "python" in name):
                content = tar.extractfile(member)
                assert content is not None
                (aside / name).write_bytes(content.read())
                (aside / name).chmod(0o755)
    aside.rename(target)
    archive.unlink()


def required_plugins() -> dict[str, str]:
    """Provider → version, of the Pulumi packages that requirements.txt names: those are the plugins a stack needs."""
    names = re.findall(r"^pulumi-(\w+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    return {name: version(f"pulumi-{name}") for name in names}


def install_plugins() -> None:
    """The official provider plugins, by the engine; one that a stand-in had taken the place of is replaced."""
    for name, wanted in required_plugins().items():
        folder = PULUMI_HOME / "plugins" / f"resource-{name}-v{wanted}"
        executable = folder / f"pulumi-resource-{name}"
        if executable.is_file() and not executable.is_symlink():
            continue
        command = [str(BIN / "pulumi"), "plugin", "install", "resource", name, wanted, "--reinstall"]
        if os.environ.get("KFS_UPSTREAM"):
            command += ["--server", upstream.address(PLUGINS)]
        environment = os.environ | {"PULUMI_HOME": str(PULUMI_HOME), "PULUMI_SKIP_UPDATE_CHECK": "true"}
        with Ticker("pulumi", f"installing the plugin {name} {wanted}"):
            run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if run.returncode:
            raise ToolchainError(f"Pulumi's plugin {name} {wanted} could not be installed: {run.stderr.strip()}")
        say("pulumi", f"plugin {name} {wanted} installed by the engine")

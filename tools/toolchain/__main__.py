"""Set-up's second half, in the virtualenv: Pulumi, its plugins, and the artifacts that machines install.

tools/setup runs it; what is there already is left alone.
"""

import os
import subprocess
from pathlib import Path

from components.plan.lock import read_lock
from tools.toolchain import artifacts, catalog, lock, lockfile, mirror, probe, pulumi, upstream
from tools.toolchain.errors import ToolchainError, report
from tools.toolchain.group import host_arch
from tools.toolchain.paths import BIN, BUILD, CACHE, PULUMI_HOME, ROOT, UPSTREAM_LOCK
from tools.toolchain.progress import say

WORDS = {
    "upstream": "binaries, images and plugins come from upstream's release hosts",
    "mirror": "binaries and images are built from Go modules and Debian packages, stand-ins serve as plugins",
}


def main() -> None:
    """Decide (once) where artifacts come from, then see that everything is there."""
    earlier = artifacts.read()
    decision = earlier or probe.decide(catalog.load().probe)
    say("artifacts", f"{WORDS[decision.source]} ({decision.reason})")
    lock_file = _from_upstream() if decision.source == "upstream" else _from_registries()
    if not earlier:
        artifacts.write(decision, lock_file)


def _from_registries() -> Path:
    mirror.make()
    command = [str(ROOT / "tools" / "standins" / "install")]
    run = subprocess.run(command, env=os.environ | {"PULUMI_HOME": str(PULUMI_HOME)}, check=False)
    if run.returncode:
        raise ToolchainError("the stand-in plugins could not be installed: see the lines above, then run `make tools`")
    return mirror.LOCK


def _from_upstream() -> Path:
    """Machines fetch from upstream themselves; this computer needs Pulumi, kubectl, and a complete lock file."""
    pulumi.install_cli()
    pulumi.install_plugins()
    complete = CACHE / "upstream.lock.yaml"
    reviewed = read_lock(UPSTREAM_LOCK)
    known = read_lock(complete) if complete.is_file() else None
    if known is None or not all(entry in known.binaries for entry in reviewed.binaries):
        known = lock.complete(reviewed)
        lockfile.save(known, complete, comment="components/lock/upstream.yaml, completed from upstream's sum files.")
    _install_kubectl(complete)
    return complete


def _install_kubectl(lock_file: Path) -> None:
    locked = read_lock(lock_file)
    version = locked.default("kubernetes")
    kubectl = locked.binary("kubectl", version, host_arch())
    file = BUILD / f"kubectl-v{version}"
    if not file.is_file():
        upstream.download(kubectl.url, file, sha256=kubectl.sha256, step="kubectl")
        file.chmod(0o755)
    mirror.place(file, BIN / "kubectl")


if __name__ == "__main__":
    with report():
        try:
            main()
        except OSError as error:
            raise ToolchainError(f"{error}. Run `make tools` again when that is solved.") from error

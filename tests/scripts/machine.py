"""A folder that stands for a machine: the real scripts run in it, with commands that write down what they are told."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "components" / "scripts"
# Where the scripts keep what they must remember, where systemd has its units, and the administrator's kubeconfig → what
# stands for it in the folder.
PLACES = {
    "/var/lib/kubernetes-from-scratch": "home",
    "/etc/systemd/system": "units",
    "/etc/kubernetes/admin.kubeconfig": "admin.kubeconfig",
    "/var/lib/kubelet": "kubelet",
    "/var/lib/etcd": "etcd",
    "/etc/kubernetes/manifests": "manifests",
}
# Ends the script as a power cut would, before its nth command; functions and subshells count as well.
CUT = "__n=0; set -T; trap 'if (( ++__n == {} )); then kill -9 $$ $BASHPID; fi' DEBUG\n"

SYSTEMCTL = """#!/bin/bash
# Writes down what it is told, and remembers what is enabled and active.
state=${0%/*}/../systemd wants=${0%/*}/../units/multi-user.target.wants
mkdir -p "$state"
echo "$*" >>"$state/log"
options=() words=()
for word in "$@"; do case $word in --*) options+=("$word") ;; *) words+=("$word") ;; esac; done
unit=${words[1]:-}
case ${words[0]} in
  is-active) [ -e "$state/$unit.active" ] ;;
  enable) mkdir -p "$wants" && : >"$wants/$unit.service" ;;
  start | restart) : >"$state/$unit.active" ;;
esac
"""
# Gives the files below `web` for any address, as BASE/HOST/PATH; no file is what an empty server answers.
CURL = """#!/bin/bash
while (($#)); do
  case $1 in --output) output=$2; shift 2 ;; http*) url=$1; shift ;; *) shift ;; esac
done
echo "$url" >>"${0%/*}/../curl.log"
cp "${0%/*}/../web/${url#*://}" "$output" 2>/dev/null && exit
echo "curl: (22) The requested URL returned error: 404" >&2
exit 22
"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A script's end; status -9 where it was cut off."""

    status: int
    output: str
    errors: str


class Machine:
    """The folder; `root` is for files that scripts install."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home, self.root, self.web = folder / "home", folder / "root", folder / "web"
        for path in (self.root, self.web, folder / "bin"):
            path.mkdir(parents=True)
        self.fake("systemctl", SYSTEMCTL)
        self.fake("curl", CURL)

    def fake(self, name: str, text: str) -> None:
        """Put a command in front of the real one."""
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def run(self, body: str, *, step: str = "node", cut_at: int = 0) -> Ended:
        """Run lines as a step's command does; with `cut_at`, no further than to the nth command."""
        stage = self.folder / "stage"
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        for script in SCRIPTS.glob("*.sh"):
            content = script.read_text()
            for place, stand_in in PLACES.items():
                content = content.replace(place, str(self.folder / stand_in))
            (stage / script.name).write_text(content)
        text = f"set -euo pipefail\numask 022\nSTEP={step} MACHINE=n1 STAGE={stage}\n. $STAGE/step.sh\n"
        text += CUT.format(cut_at) if cut_at else ""
        done = subprocess.run(
            ["bash", "-c", text + body],
            env={**os.environ, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"},
            capture_output=True, text=True, timeout=60, check=False, cwd=self.folder,
        )  # fmt: skip
        return Ended(status=done.returncode, output=done.stdout, errors=done.stderr)

    def pending(self) -> set[str]:
        """Units whose inputs changed and that were not restarted since."""
        return {path.name for path in (self.home / "pending").iterdir()}

    def told_systemd(self) -> list[str]:
        """What `systemctl` was told, in order."""
        log = self.folder / "systemd" / "log"
        return log.read_text().splitlines() if log.exists() else []

    def forget(self) -> None:
        """Begin a new list of what systemctl and curl are told."""
        for log in ("systemd/log", "curl.log"):
            (self.folder / log).unlink(missing_ok=True)

    def fetched(self) -> list[str]:
        """Addresses that were asked for."""
        log = self.folder / "curl.log"
        return log.read_text().splitlines() if log.exists() else []

"""The text of a step: what a machine is told by SSH.

A step's non-secret files stand in its command text, so that `pulumi preview --diff` names the file that changes and
shows the changed lines. Scripts and secrets come by standard input, as a packed folder; the text lists the scripts'
sums, so that a changed script is named as well.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import shlex
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from components.plan.model import File, SecretFile

SCRIPTS = Path(__file__).parent.parent / "scripts"
END_OF_STEP = "=====END-OF-STEP====="
END_OF_FILE = "=====END-OF-FILE====="

# A command's text is one argument of the machine's shell, and Linux takes 128 KiB for one (MAX_ARG_STRLEN).
MAX_TEXT_BYTES = 120_000


@cache
def script(name: str) -> str:
    """The content of a script of `components/scripts/`."""
    return (SCRIPTS / name).read_text()


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def step_text(
    *,
    step: str,
    machine: str,
    scripts: Iterable[str],
    run: Iterable[str],
    variables: Mapping[str, str],
    files: Iterable[File] = (),
    secret_files: Sequence[SecretFile] = (),
    sudo: bool,
) -> str:
    """The command text of a step.

    `scripts` are sent along, `run` are those of them that are run, in that order, after the files were put in place.
    Raises ValueError where the text would be longer than a command may be.
    """
    sums = "".join(f"# script {name} {_sum(script(name))}\n" for name in sorted({"step.sh", "lib.sh", *scripts}))
    lines = [
        "set -euo pipefail",
        "umask 022",
        f"STEP={step} MACHINE={machine} STAGE=/run/kubernetes-from-scratch/{step}",
        *(f"{name}={shlex.quote(value)}" for name, value in variables.items()),
        # A step whose engine was killed may still be running: it ends first.
        'mkdir -p /run/kubernetes-from-scratch; exec 9>"$STAGE.lock"',
        'flock -w 900 9 || { echo "$MACHINE: $STEP failed: its former run did not end within 900 s" >&2; exit 1; }',
        'rm -rf "$STAGE"; mkdir -m 0700 "$STAGE"; base64 -d | tar -xz -C "$STAGE"',
        ". $STAGE/step.sh",
    ]
    text = "\n".join(lines) + "\n" + sums
    text += "".join(_file_text(file) for file in files)
    text += "".join(f"# secret file {file.path} {file.mode} {file.owner}\n" for file in secret_files)
    text += "put_secrets\n" if secret_files else ""
    text += "".join(f". $STAGE/{name}\n" for name in run)
    if END_OF_STEP in text:
        raise ValueError(f"step {step} of {machine}: a file holds the line {END_OF_STEP}")
    root = "sudo -n " if sudo else ""
    text = f"exec {root}bash -c \"$(cat <<'{END_OF_STEP}'\n{text}{END_OF_STEP}\n)\"\n"
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise ValueError(
            f"step {step} of {machine}: {len(text.encode())} bytes of files; {MAX_TEXT_BYTES} fit into a command"
        )
    return text


def _file_text(file: File) -> str:
    if END_OF_FILE in file.content:
        raise ValueError(f"{file.path} holds the line {END_OF_FILE}")
    if file.staged:
        command = f"stage {file.path.lstrip('/')}"
    else:
        command = " ".join(["put", file.path, file.mode, file.owner, *file.restarts])
    condition = f"{file.when} && " if file.when else ""
    content = file.content if file.content.endswith("\n") or not file.content else file.content + "\n"
    return f"{condition}{command} <<'{END_OF_FILE}' # {_sum(content)}\n{content}{END_OF_FILE}\n"


def payload(scripts: Iterable[str], secrets: Mapping[str, str], secret_files: Iterable[SecretFile]) -> str:
    """Standard input of a step: a tar of scripts and secret files, gzipped, in base64; the same for the same content.

    `secrets` maps each secret file's `source` to its content; a source that starts with "stage/" is not installed but
    lies in the step's folder under its name.
    """
    members = {name: script(name) for name in sorted({"step.sh", "lib.sh", *scripts})}
    listing = []
    for file in secret_files:
        members[f"secrets{file.path}"] = secrets[file.source]
        listing.append(" ".join([file.path, file.mode, file.owner, *file.restarts]))
    members["secrets.list"] = "".join(f"{line}\n" for line in listing)
    members |= {name.removeprefix("stage/"): text for name, text in secrets.items() if name.startswith("stage/")}
    return base64.b64encode(_tar(members)).decode()


def _tar(members: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    # No times and no owners: the same content must give the same bytes, or every `up` would run every step.
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, text in members.items():
            data = text.encode()
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o600
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()

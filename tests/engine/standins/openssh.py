"""A real OpenSSH server on a loopback port, for one test or many. It changes nothing on this computer."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import pytest

# Debian's package starts a server for everyone when it is installed, so its files are only unpacked.
_PACKAGES = ("openssh-server", "libwrap0")
_START_LIMIT_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server. `folder` is empty at first and stays after the commands on it, to see what they did."""

    port: int
    host_keys: tuple[str, ...]
    client_key: str
    folder: Path

    def connection(self, **changes: Any) -> dict[str, Any]:
        """The inputs for a verified connection, with `changes`."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": getpass.getuser(),
            "private_key": self.client_key,
            "host_key": self.host_keys[0],
            "dial_error_limit": 1,
            **changes,
        }


@contextmanager
def serving(folder: Path, cache: Path, host_key_types: tuple[str, ...] = ("ssh-ed25519",)) -> Iterator[Server]:
    """A server that keeps its files in `folder`."""
    folder.mkdir(parents=True)
    (folder / "work").mkdir()
    host_keys = [_write_key(folder / f"host_{number}", kind) for number, kind in enumerate(host_key_types)]
    client_key = _write_key(folder / "client", "ssh-ed25519")
    (folder / "authorized_keys").write_bytes(client_key.export_public_key())
    port = _free_port()
    _write_config(folder, port, len(host_keys))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            _command(folder, cache),
            stdin=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
            env=_environment(cache),
        )
    try:
        _wait_for(port, process, folder / "log")
        yield Server(
            port=port,
            host_keys=tuple(key.export_public_key().decode().strip() for key in host_keys),
            client_key=client_key.export_private_key().decode(),
            folder=folder / "work",
        )
    finally:
        process.terminate()
        process.wait(timeout=_START_LIMIT_SECONDS)


def _write_key(path: Path, kind: str) -> asyncssh.SSHKey:
    key = asyncssh.generate_private_key(kind)
    path.touch(mode=0o600)
    path.write_bytes(key.export_private_key())
    return key


def _write_config(folder: Path, port: int, host_keys: int) -> None:
    (folder / "sshd_config").write_text(
        "\n".join(
            [
                "ListenAddress 127.0.0.1",
                f"Port {port}",
                *(f"HostKey {folder}/host_{number}" for number in range(host_keys)),
                f"AuthorizedKeysFile {folder}/authorized_keys",
                "StrictModes no",
                "PasswordAuthentication no",
                "KbdInteractiveAuthentication no",
                "PidFile none",
                "AcceptEnv ACCEPTED_* PULUMI_COMMAND_STDOUT",
                # More connections at once than a server takes by default, since the tests want them all to come.
                "MaxStartups 100",
            ]
        )
        + "\n"
    )


def _command(folder: Path, cache: Path) -> list[str]:
    # The server goes with the tests, however those end.
    last_wish = ["setpriv", "--pdeathsig", "TERM"]
    sshd = [str(_binary(cache)), "-D", "-e", "-f", str(folder / "sshd_config")]
    if os.geteuid() != 0:
        return [*last_wish, *sshd]
    # As root, sshd wants a user and a folder of its own: it gets them in a mount namespace of its own. A whole /etc,
    # since a mount on /etc/passwd alone is lost as soon as something outside replaces that file.
    etc = folder / "etc"
    etc.mkdir()
    for name in ("group", "hosts", "ld.so.cache", "nsswitch.conf"):
        shutil.copy(f"/etc/{name}", etc)
    users = Path("/etc/passwd").read_text()
    (etc / "passwd").write_text(users if "\nsshd:" in users else users + "sshd:x:65533:65534::/run/sshd:/bin/false\n")
    (etc / "shadow").write_text(f"{getpass.getuser()}:*:::::::\n")  # no password, and yet not locked
    script = (
        f"mount --bind {shlex.quote(str(etc))} /etc && mount -t tmpfs none /run "
        f"&& mkdir /run/sshd && exec {shlex.join(sshd)}"
    )
    return [*last_wish, "unshare", "--mount", "sh", "-c", script]


def _binary(cache: Path) -> Path:
    installed = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    return Path(installed) if installed else _unpacked(cache) / "usr/sbin/sshd"


def _unpacked(cache: Path) -> Path:
    folder = cache / "openssh"
    if folder.is_dir():
        return folder
    if shutil.which("apt-get") is None:
        pytest.skip("no sshd on this computer and no apt-get to unpack one from")
    aside = cache / f"openssh.{os.getpid()}"
    aside.mkdir(parents=True)
    subprocess.run(["apt-get", "download", *_PACKAGES], cwd=aside, check=True, stdout=subprocess.DEVNULL)
    for package in aside.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, aside], check=True)
    aside.rename(folder)
    return folder


def _environment(cache: Path) -> dict[str, str]:
    libraries = [str(path.parent) for path in (cache / "openssh").glob("**/libwrap.so.0")]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)} if libraries else dict(os.environ)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_LIMIT_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    process.kill()
    pytest.fail(f"sshd did not start: {log.read_text(errors='replace')}")

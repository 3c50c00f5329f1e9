"""Looks whether an SSH private key can be used, without ever telling what is in it."""

import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class KeyProblem:
    """Why a key can't be used, and what to do."""

    rule: str
    way_out: str


def check_file(path: Path) -> KeyProblem | None:
    """A file with a private key: there, readable, its owner's alone, not encrypted; None if so."""
    make = f"name another file, or make a key: ssh-keygen -t ed25519 -N '' -f {path}"
    if not path.is_file():
        rule = "a file with a private key; this is a folder" if path.is_dir() else f"the file {path} is there"
        return KeyProblem(rule=rule, way_out=make)
    try:
        text = path.read_text(encoding="utf-8")
        mode = stat.S_IMODE(path.stat().st_mode)
    except UnicodeDecodeError:
        return KeyProblem(rule="a file with an SSH private key", way_out=make)
    except OSError as error:
        return KeyProblem(rule=f"the file can be read ({error.strerror})", way_out=f"make it yours: chown $USER {path}")
    if mode & 0o077:
        rule = f"a private key is readable by its owner only; the file's mode is {mode:04o}"
        return KeyProblem(rule=rule, way_out=f"chmod 600 {path}")
    return check_text(text, str(path))


def check_text(text: str, file: str = "FILE") -> KeyProblem | None:
    """The key's text: a private one that opens without a passphrase; None if so."""
    if text.startswith(("ssh-", "ecdsa-")):
        return KeyProblem(rule="a private key; this is a public one", way_out="take the file without .pub")
    state = _open(text)
    if state == "encrypted":
        way_out = (
            f"take a copy without one: cp {file} KEY && ssh-keygen -p -N '' -f KEY, kept as a secret or with mode 0600"
        )
        return KeyProblem(rule="a key without a passphrase: nobody is there to type it", way_out=way_out)
    if state == "malformed":
        way_out = f"see what it is: ssh-keygen -y -f {file}; a new one: ssh-keygen -t ed25519 -N '' -f KEY"
        return KeyProblem(rule="a private key, OpenSSH or PEM, whole from -----BEGIN to -----END", way_out=way_out)
    return None


def _open(text: str) -> str:
    # Slow to import, and only wanted here.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    openssh = "BEGIN OPENSSH PRIVATE KEY" in text
    try:
        (load_ssh_private_key if openssh else load_pem_private_key)(text.encode(), None)
    except TypeError:
        return "encrypted"
    except (ValueError, UnsupportedAlgorithm) as error:
        return "encrypted" if "password" in str(error).lower() else "malformed"
    return "usable"

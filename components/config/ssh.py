"""How machines are reached."""

import base64
import binascii
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, StrictStr

from components.config.base import Settings
from components.config.problems import mistake
from components.config.values import Host, Port, Text

HOST_KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
# ECDSA: the engine's SSH client asks a server that has several host keys for that one first.
HOW_TO_GET = (
    "get it with `ssh-keyscan -t ecdsa HOST` (all but the first word), and compare `ssh-keyscan -t ecdsa HOST | "
    "ssh-keygen -lf -` with what `ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub` prints on the machine's own console"
)


def _host_key(value: str) -> str:
    words = value.split()
    if len(words) > 1 and words[0] not in HOST_KEY_TYPES and words[1] in HOST_KEY_TYPES:
        raise mistake("a host key without the host's name first", f"leave the first word out: {' '.join(words[1:])}")
    if len(words) < 2 or words[0] not in HOST_KEY_TYPES or "\n" in value.strip() or not _names_itself(*words[:2]):
        raise mistake("an SSH public host key: its type and its base64 text in one line", HOW_TO_GET)
    return " ".join(words[:2])


def _names_itself(kind: str, text: str) -> bool:
    """The base64 text of a public key starts with the length and the name of its own type."""
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    head = len(kind).to_bytes(4, "big") + kind.encode()
    return blob.startswith(head) and len(blob) > len(head) + 32


HostKey = Annotated[StrictStr, AfterValidator(_host_key)]


class Bastion(Settings):
    """A host between this computer and the machines (one hop)."""

    host: Host = Field(description="The bastion's DNS name or address.", examples=["bastion.example.org"])
    user: Text = Field("root", description="The user to log in as on the bastion, with the same key.")
    port: Port = Field(22, description="The bastion's SSH port.")
    host_key: HostKey = Field(
        description="The bastion's SSH host key, as type and base64 text in one line. It is always verified.",
        examples=["ecdsa-sha2-nistp256 AAAAE2Vj…"],
    )


class Ssh(Settings):
    """How all machines are reached; a machine may say otherwise for itself. Provider `local` makes its own keys."""

    user: Text = Field("root", description="The user to log in as: root, or one who may use sudo without a password.")
    port: Port = Field(22, description="The machines' SSH port.")
    private_key: SecretStr | None = Field(
        None,
        description="The private key itself, unencrypted PEM or OpenSSH text, kept as a Pulumi secret: `pulumi config "
        "set --secret --path kubernetes:ssh.privateKey < FILE`. Either this or `privateKeyFile`.",
    )
    private_key_file: Path | None = Field(
        None,
        description="A file on this computer with the private key, not encrypted, readable by its owner only. "
        "A relative path starts at the project's folder, `~` is the home folder.",
        examples=["~/.ssh/id_ed25519"],
    )
    bastion: Bastion | None = Field(None, description="A host to go through. Default: machines are reached directly.")


class MachineSsh(Settings):
    """How this one machine is reached, where it differs from `ssh`."""

    host: Host | None = Field(
        None,
        description="The DNS name or address to connect to. Default: the machine's `address`.",
        examples=["203.0.113.7"],
    )
    user: Text | None = Field(None, description="The user to log in as. Default: `ssh.user`.")
    port: Port | None = Field(None, description="The SSH port. Default: `ssh.port`.")
    host_key: HostKey | None = Field(
        None,
        description="The machine's SSH host key, as type and base64 text in one line. Required on bare metal; it is "
        "always verified. Of a server's several host keys, the one of type `ecdsa-sha2-nistp256` is asked for first.",
        examples=["ecdsa-sha2-nistp256 AAAAE2Vj…"],
    )
    bastion: Bastion | None = Field(None, description="A host to go through. Default: `ssh.bastion`.")

"""Bootstrap tokens, the users' token file, the keys that secrets and snapshots are encrypted with."""

import base64
import csv
import hashlib
import hmac
import io
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class BootstrapToken:
    """A kubelet's first credential: `id` (6) and `secret` (16) as upstream's bootstrap tokens have them."""

    id: str
    secret: str

    @property
    def environment(self) -> str:
        """As `scripts/admit.sh` reads it."""
        return f"TOKEN_ID={self.id}\nTOKEN_SECRET={self.secret}\n"

    def __str__(self) -> str:
        return f"{self.id}.{self.secret}"


def bootstrap_token(seed: str) -> BootstrapToken:
    """The token with which machines join, derived from the cluster's secret seed.

    It is worth something only while its Secret exists: from when a control plane can sign certificates, or a machine is
    registered, until the verification at the end of the roll-out (an hour at most).
    """
    return _token(seed, "join")


def group_token(seed: str, group: str, content: str) -> BootstrapToken:
    """The token with which machines of a group join; another one whenever the group's machines change.

    It must not change before: it is in the machines' template, and another template is another roll-out.
    """
    return _token(seed, f"group {group} {content}")


def _token(seed: str, purpose: str) -> BootstrapToken:
    digest = hmac.new(seed.encode(), purpose.encode(), hashlib.sha256).digest()
    text = base64.b32encode(digest).decode().lower()
    return BootstrapToken(id=text[:6], secret=text[6:22])


@dataclass(frozen=True, kw_only=True)
class TokenUser:
    """A user who signs in with a token."""

    name: str
    groups: tuple[str, ...]
    token: str


def token_file(users: Sequence[TokenUser]) -> str:
    """The API server's --token-auth-file: token, user, uid, groups."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for user in users:
        # An empty column would be a group with an empty name.
        groups = [",".join(user.groups)] if user.groups else []
        writer.writerow([user.token, user.name, user.name, *groups])
    return buffer.getvalue()


def secretbox_key(text: str) -> str:
    """The key for encryption at rest, 32 bytes in base64, from 64 random characters (380 bits)."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def backup_keys(text: str) -> dict[str, str]:
    """What snapshots are encrypted and authenticated with, from 64 random characters (380 bits).

    The former is openssl's password, the latter HMAC-SHA256's key: 64 bytes, a block of that sum. Both in hexadecimal.
    """

    def key(purpose: bytes) -> str:
        return hmac.new(text.encode(), purpose, hashlib.sha512).hexdigest() + "\n"

    return {"encryption.key": key(b"encryption"), "authentication.key": key(b"authentication")}

"""Keys that all control planes share, in their generations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_random as random

from components.pki.authority import joined, private_key
from components.pki.tokens import secretbox_key
from components.plan.rotation import Generations, named


class ServiceAccountKey:
    """What service accounts' tokens are signed with (`private`), and what they are checked with (`public`), in PEM."""

    def __init__(
        self, algorithm: Literal["ECDSA", "RSA"], generations: Generations, opts: pulumi.ResourceOptions
    ) -> None:
        keys = {n: private_key(named("service-account", n), algorithm, opts) for n in generations.accepted}
        self.private: pulumi.Output[str] = keys[generations.used].private_key_pem
        self.public = joined([key.public_key_pem for key in keys.values()])


@dataclass(frozen=True, kw_only=True)
class NamedKey:
    """A key as the API server's encryption configuration names it: by its generation."""

    name: str
    secret: str


class EncryptionKeys:
    """What Secrets are encrypted with. Former keys stay in the state, for snapshots from their time."""

    def __init__(self, generations: Generations, opts: pulumi.ResourceOptions) -> None:
        # Not RandomBytes: the official provider takes its text as the resource's id, which is not secret.
        texts = {
            n: random.RandomPassword(named("encryption-key", n), length=64, special=False, opts=opts).result
            for n in range(1, generations.generation + 1)
        }
        readable = generations.readable
        self.keys: pulumi.Output[list[NamedKey]] = pulumi.Output.all(*(texts[n] for n in readable)).apply(
            lambda found: [
                NamedKey(name=str(n), secret=secretbox_key(text)) for n, text in zip(readable, found, strict=True)
            ]
        )

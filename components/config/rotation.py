"""Which generation of each key and authority the cluster has, and how far it is on the way to it."""

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from components.config.base import Settings

Stage = Literal["trust", "use", "drop"]
Generation = Annotated[StrictInt, Field(ge=1)]


class Staged(Settings):
    """A rotation in three stages, each a `pulumi up` of its own. `make rotate` writes both settings."""

    generation: Generation = Field(1, description="One more than before asks for new ones.")
    stage: Stage = Field(
        "drop",
        description="`trust`: what is new is accepted beside what is old. `use`: it is used in its place, and what is "
        "old is still accepted. `drop`: what is old is gone. The three are gone through in this order.",
    )


class ServiceAccount(Staged):
    """The key that service accounts' tokens are signed with."""

    token_seconds: Annotated[StrictInt, Field(ge=0)] = Field(
        # The longest that kubelets take to exchange a token of the default lifetime, 3607 s, with some reserve.
        3900,
        description="How long after `use` was reached tokens of the old key may still be in use, in seconds; `drop` is "
        "refused before. Longer where pods ask for tokens that live longer than an hour.",
    )


class Rotation(Settings):
    """Which generation of keys, authorities and tokens the cluster has. The first is 1."""

    authorities: Staged = Field(
        Staged(), description="The authorities of the cluster, of etcd and of the front proxy, with all they signed."
    )
    service_account: ServiceAccount = Field(
        ServiceAccount(), description="The key that service accounts' tokens are signed with."
    )
    encryption: Staged = Field(Staged(), description="The key that Secrets are encrypted with in etcd.")
    ssh: Staged = Field(
        Staged(),
        description="The SSH keys that the program makes: those of machines in a cloud, and that of `backup.copyTo`.",
    )
    tokens: Generation = Field(
        1, description="The users' tokens and the secret that bootstrap tokens are made of: another number, new ones."
    )

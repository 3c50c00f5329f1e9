"""SSH keys of machines in a cloud: host keys made before the machines, so that the first connection is verified too."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_tls as tls

from components.plan.cloud import USER
from components.plan.files import LIBRARY
from components.plan.rotation import Generations, named
from components.plan.templates import fill

USER_DATA = "/var/lib/cloud/instance/user-data.txt"
GROUP_USER_DATA = "/var/lib/cloud/instance/group-user-data.txt"
JOIN, JOIN_UNIT = f"{LIBRARY}/join.py", "/etc/systemd/system/kubernetes-join.service"


@dataclass(frozen=True, kw_only=True)
class GroupData:
    """What machines of a group are told when they start: `settings` is secret, the content of their join.json."""

    group: str
    settings: pulumi.Output[str]


class Keys:
    """The operator's key and a host key for each machine.

    `operator` is the private key that opens the machines, `authorized` the public ones that they let in, one a line.
    """

    def __init__(self, generations: Generations, opts: pulumi.ResourceOptions) -> None:
        self._opts = opts
        made = {n: tls.PrivateKey(named("operator", n), algorithm="ED25519", opts=opts) for n in generations.accepted}
        self._operator = made[generations.used]
        self.authorized: pulumi.Output[str] = pulumi.Output.all(
            *(key.public_key_openssh for key in made.values())
        ).apply(lambda lines: "".join(f"{line.strip()}\n" for line in lines))
        self.operator = self._operator.private_key_openssh

    def host_key(self, name: str) -> tls.PrivateKey:
        """A host key for the machine of that name."""
        return tls.PrivateKey(f"{name}-host-key", algorithm="ED25519", opts=self._opts)

    def user_data(self, name: str, host_key: tls.PrivateKey, *, aliased: bool = False) -> pulumi.Output[str]:
        """What the machine's cloud-init reads at its first start. Secret: it holds the private host key.

        `aliased`: the machine's interface has its pods' range as an alias (GCE).
        """
        filled: pulumi.Output[str] = pulumi.Output.all(
            authorized_key=self._operator.public_key_openssh,
            host_private_key=host_key.private_key_openssh,
            host_public_key=host_key.public_key_openssh,
        ).apply(
            lambda keys: fill(
                USER_DATA, name=name, user=USER, aliased=aliased, **{key: text.strip() for key, text in keys.items()}
            )
        )
        secret: pulumi.Output[str] = pulumi.Output.secret(filled)
        return secret

    def group_user_data(self, data: GroupData) -> pulumi.Output[str]:
        """What cloud-init reads on each machine of a group. Secret: the group's token is in it."""
        filled: pulumi.Output[str] = pulumi.Output.all(
            authorized_key=self._operator.public_key_openssh, settings=data.settings
        ).apply(
            lambda given: fill(
                GROUP_USER_DATA,
                user=USER,
                authorized_key=given["authorized_key"].strip(),
                settings=given["settings"],
                join=fill(JOIN),
                unit=fill(JOIN_UNIT),
            )
        )
        secret: pulumi.Output[str] = pulumi.Output.secret(filled)
        return secret


def public(host_key: tls.PrivateKey) -> pulumi.Output[str]:
    """The host key as it is expected when the machine is reached."""
    return host_key.public_key_openssh.apply(str.strip)

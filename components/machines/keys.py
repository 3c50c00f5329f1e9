"""SSH keys of machines in a cloud: host keys made before the machines, so that the first connection is verified too."""

from __future__ import annotations

import pulumi
import pulumi_tls as tls

from components.plan.cloud import USER
from components.plan.rotation import Generations, named
from components.plan.templates import fill

USER_DATA = "/var/lib/cloud/instance/user-data.txt"


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

    def user_data(self, name: str, host_key: tls.PrivateKey) -> pulumi.Output[str]:
        """What the machine's cloud-init reads at its first start. Secret: it holds the private host key."""
        filled: pulumi.Output[str] = pulumi.Output.all(
            authorized_key=self._operator.public_key_openssh,
            host_private_key=host_key.private_key_openssh,
            host_public_key=host_key.public_key_openssh,
        ).apply(lambda keys: fill(USER_DATA, name=name, user=USER, **{key: text.strip() for key, text in keys.items()}))
        secret: pulumi.Output[str] = pulumi.Output.secret(filled)
        return secret


def public(host_key: tls.PrivateKey) -> pulumi.Output[str]:
    """The host key as it is expected when the machine is reached."""
    return host_key.public_key_openssh.apply(str.strip)

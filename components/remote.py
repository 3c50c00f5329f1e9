"""The only module that talks to pulumi-command: steps on machines by SSH, and commands on this computer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

import pulumi
from pulumi_command import local, remote

from components.plan.model import File, SecretFile
from components.plan.steps import payload, step_text


@dataclass(frozen=True, kw_only=True)
class Bastion:
    """The one host that connections may go through; its key is checked like a machine's."""

    host: pulumi.Input[str]
    user: str
    port: int
    host_key: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Host:
    """How a machine is reached. `instance` is the resource that makes it, where the program makes machines."""

    name: str
    address: pulumi.Input[str]
    user: str
    port: int
    host_key: pulumi.Input[str]
    private_key: pulumi.Input[str]
    bastion: Bastion | None = None
    instance: pulumi.Resource | None = None
    identity: pulumi.Input[str] | None = None
    """What is another one when the machine was made anew under its old name and address: steps run again then."""

    def connection(self) -> remote.ConnectionArgs:
        """The one connection object of this machine: a difference between two steps would run one of them again."""
        return remote.ConnectionArgs(
            host=self.address,
            user=self.user,
            port=self.port,
            host_key=self.host_key,
            private_key=self.private_key,
            # A refused connection is retried for about 11 s; `reach` has waited for the machine before.
            dial_error_limit=10,
            per_dial_timeout=15,
            proxy=self._proxy(),
        )

    def target(self, **about: object) -> dict[str, object]:
        """The same for a program on this computer, as `components.ssh.Target` has it; `about` are its own fields."""
        bastion = self.bastion and {
            "host": self.bastion.host,
            "port": self.bastion.port,
            "user": self.bastion.user,
            "host_key": self.bastion.host_key,
        }
        own = {"host": self.address, "port": self.port, "user": self.user, "host_key": self.host_key}
        return {"name": self.name, **about, **own, "bastion": bastion}

    def _proxy(self) -> remote.ProxyConnectionArgs | None:
        if self.bastion is None:
            return None
        return remote.ProxyConnectionArgs(
            host=self.bastion.host,
            user=self.bastion.user,
            port=self.bastion.port,
            host_key=self.bastion.host_key,
            private_key=self.private_key,
        )


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is done on a machine in one go; see `components/plan/steps.py` for how it gets there."""

    name: str
    """The step's name on the machine: its folder, its list of files, the word in its messages."""
    run: tuple[str, ...]
    """Scripts that are run, in order."""
    scripts: tuple[str, ...]
    """Scripts that those source."""
    variables: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    secret_files: tuple[SecretFile, ...] = ()
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Source → content: of `secret_files`, and "stage/NAME" for what only the script reads."""
    delete: tuple[str, ...] = ()
    """Scripts that are run when the resource is deleted."""

    def packed(self) -> pulumi.Output[str]:
        """Standard input of the step, secret."""
        scripts = (*self.scripts, *self.run, *self.delete)
        packed: pulumi.Output[str] = pulumi.Output.from_input(dict(self.secrets)).apply(
            lambda secrets: payload(scripts, cast("Mapping[str, str]", secrets), self.secret_files)
        )
        secret: pulumi.Output[str] = pulumi.Output.secret(packed)
        return secret

    def text(self, host: Host, run: Iterable[str], *, with_files: bool) -> str:
        """The command text for that machine."""
        return self.text_for(host.name, run, with_files=with_files, sudo=host.user != "root")

    def text_for(self, machine: str, run: Iterable[str], *, with_files: bool, sudo: bool) -> str:
        """The command text for a machine of that name."""
        return step_text(
            step=self.name,
            machine=machine,
            scripts=(*self.scripts, *self.run, *self.delete),
            run=run,
            variables=self.variables,
            files=self.files if with_files else (),
            secret_files=self.secret_files if with_files else (),
            sudo=sudo,
        )


def run_step(name: str, host: Host, step: Step, opts: pulumi.ResourceOptions) -> remote.Command:
    """Register a step. It runs when it is new and when its text, its scripts or its secrets change."""
    return remote.Command(
        name,
        connection=host.connection(),
        create=step.text(host, step.run, with_files=True),
        delete=step.text(host, step.delete, with_files=False) if step.delete else None,
        stdin=step.packed(),
        # Scripts print progress; none of them prints a secret.
        logging=remote.Logging.STDOUT_AND_STDERR,
        add_previous_output_in_env=False,
        opts=opts,
    )


@dataclass(frozen=True, kw_only=True)
class Told:
    """A step that was registered, and the sum of all that the machine is told by it."""

    command: remote.Command
    sum: pulumi.Output[str]


def tell(name: str, host: Host, step: Step, opts: pulumi.ResourceOptions) -> Told:
    """`run_step`, with the sum. It comes from what goes in: what a step that failed gave out is not known."""
    text = step.text(host, step.run, with_files=True)
    told = step.packed().apply(lambda packed: hashlib.sha256((text + packed).encode()).hexdigest())
    return Told(command=run_step(name, host, step, opts), sum=told)


def leave_step_alone(name: str, host: Host, opts: pulumi.ResourceOptions) -> None:
    """Register a step as the state has it: it is not run again, and nothing is run at its end."""
    kept = pulumi.ResourceOptions(ignore_changes=["connection", "create", "delete", "stdin"], retain_on_delete=True)
    remote.Command(
        name,
        connection=host.connection(),
        create="exit 1",
        logging=remote.Logging.STDOUT_AND_STDERR,
        add_previous_output_in_env=False,
        opts=pulumi.ResourceOptions.merge(opts, kept),
    )


def run_here(
    name: str,
    create: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    *,
    update: str | None = None,
    delete: str | None = None,
    stdin: pulumi.Input[str] | None = None,
) -> local.Command:
    """Register a command on this computer, in the project's folder; a change runs `update`, by default `create`."""
    return local.Command(
        name,
        create=create,
        update=update,
        delete=delete,
        stdin=stdin,
        logging=local.Logging.STDOUT_AND_STDERR,
        add_previous_output_in_env=False,
        opts=opts,
    )

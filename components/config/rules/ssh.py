"""How machines are reached: keys that open, host keys that are known."""

from collections.abc import Iterator

from components.config.facts import Facts, refuse
from components.config.machine import Machine
from components.config.private_key import KeyProblem, check_file, check_text
from components.config.problems import Problem
from components.config.ssh import HOW_TO_GET, MachineSsh, Ssh

SET_SECRET = "pulumi config set --secret --path kubernetes:ssh.privateKey < FILE"


def makes_its_own(facts: Facts) -> Iterator[Problem]:
    """Where the program makes machines, it makes keys, host keys and bastions itself and takes none."""
    if facts.config.provider == "bare-metal":
        return
    rule = f"provider {facts.config.provider} makes machines, keys and host keys itself"
    if facts.config.ssh != Ssh():
        yield refuse("ssh", rule, "leave ssh out")
    for key, machine in facts.machines():
        if machine.ssh != MachineSsh():
            yield refuse(f"{key}.ssh", rule, "leave ssh out")


def private_key(facts: Facts) -> Iterator[Problem]:
    """Bare metal has one private key, a secret or a file that its owner alone can read, without a passphrase."""
    ssh = facts.config.ssh
    if facts.config.provider != "bare-metal" or not facts.sound("provider", "ssh.privateKey", "ssh.privateKeyFile"):
        return
    if ssh.private_key is not None and ssh.private_key_file is not None:
        yield refuse(
            "ssh.privateKeyFile", "there is one key, in ssh.privateKey or in this file", "leave one of them out"
        )
    elif ssh.private_key is None and ssh.private_key_file is None:
        way_out = f"name a file with privateKeyFile, or keep the key itself as a secret: {SET_SECRET}"
        yield refuse("ssh", "a private key is needed to reach the machines", way_out)
    if ssh.private_key is not None:
        yield from _refused("ssh.privateKey", check_text(ssh.private_key.get_secret_value()))
    if ssh.private_key_file is not None:
        found = ssh.private_key_file
        yield from _refused("ssh.privateKeyFile", check_file(facts.resolve(found)), str(found))


def secret_stays_secret(facts: Facts) -> Iterator[Problem]:
    """A private key is a Pulumi secret: in plain text it is everyone's who reads the stack file."""
    if facts.config.ssh.private_key is not None and "ssh" not in facts.secret_groups:
        rule = "a private key is kept as a Pulumi secret; here it is plain text"
        yield refuse(
            "ssh.privateKey", rule, f"{SET_SECRET}; the key was readable, so make a new one: ssh-keygen -t ed25519"
        )


def host_keys(facts: Facts) -> Iterator[Problem]:
    """Every machine on bare metal has a host key: without it, another one could pretend to be it."""
    if facts.config.provider != "bare-metal" or not facts.sound("provider"):
        return
    for key, machine in facts.machines():
        if machine.ssh.host_key is None and facts.sound(f"{key}.ssh.hostKey"):
            host, port = _target(facts, machine)
            option = "" if port == 22 else f"-p {port} "
            way_out = HOW_TO_GET.replace("ecdsa HOST", f"ecdsa {option}{host}")
            yield refuse(f"{key}.ssh.hostKey", "a machine's host key is always verified", way_out)


def targets(facts: Facts) -> Iterator[Problem]:
    """No two machines are reached at the same address and port."""
    seen: dict[tuple[object, ...], str] = {}
    for key, machine in facts.machines():
        if machine.ssh.host is None and machine.ssh.port is None:
            continue
        bastion = machine.ssh.bastion or facts.config.ssh.bastion
        target = (*_target(facts, machine), bastion.host if bastion else None)
        if target in seen:
            rule = f"each machine is reached at an address or port of its own; {seen[target]} has the same"
            yield refuse(f"{key}.ssh", rule, "correct ssh.host or ssh.port", f"{target[0]} port {target[1]}")
        seen.setdefault(target, key)


def _target(facts: Facts, machine: Machine) -> tuple[str, int]:
    return machine.ssh.host or str(machine.address), machine.ssh.port or facts.config.ssh.port


def _refused(key: str, problem: KeyProblem | None, found: str | None = None) -> Iterator[Problem]:
    if problem is not None:
        yield refuse(key, problem.rule, problem.way_out, found)

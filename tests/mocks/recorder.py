"""Runs the real program against an engine that only writes down what is registered, and answers with made-up values."""

from __future__ import annotations

import asyncio
import base64
import contextvars
import gzip
import io
import json
import runpy
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc, set_all_config
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import set_root_resource
from pulumi.runtime.stack import run_in_stack

from tests.mocks import google

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "kubernetes"
# Stands at the beginning of every made-up secret, so that it can be found wherever it turns up.
MARK = "SECRET-"
# How Pulumi writes a secret down on its way to the engine.
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"

Inputs = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What the program registered. Other resources are named by their URNs."""

    urn: str
    type: str
    name: str
    parent: str
    inputs: Inputs
    """With secrets as Pulumi wraps them: see `is_secret` and `plain`."""
    dependencies: frozenset[str]
    """Those of its options and those of its inputs."""
    deleted_with: str
    ignored_changes: tuple[str, ...]
    kept_at_its_end: bool
    """True where nothing is done when it is deleted."""
    replacement_trigger: Any
    """A value that replaces it when it changes; None where there is none."""
    protected: bool
    deleted_before_replaced: bool


@dataclass(kw_only=True)
class Recording:
    """What one run of the program registered, in no certain order."""

    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: Inputs = field(default_factory=dict)

    def of_type(self, kind: str) -> list[Resource]:
        """Those of one type."""
        return [resource for resource in self.resources.values() if resource.type == kind]

    def command(self, name: str) -> Resource:
        """The step or local command of that name."""
        (found,) = (one for one in self.resources.values() if one.name == name and one.type.startswith("command:"))
        return found

    def named(self, kind: str, name: str) -> Resource:
        """The one of that type and name."""
        (found,) = (one for one in self.of_type(kind) if one.name == name)
        return found

    def comes_after(self, later: Resource, earlier: Resource) -> bool:
        """Whether `later` depends on `earlier`, directly or by others."""
        seen, waiting = set[str](), list(later.dependencies)
        while waiting:
            urn = waiting.pop()
            if urn == earlier.urn:
                return True
            if urn not in seen and urn in self.resources:
                seen.add(urn)
                waiting += self.resources[urn].dependencies
        return False


def run_program(
    settings: Mapping[str, Any], *, stack: str, preview: bool = False, previous: Mapping[str, Any] | None = None
) -> Recording:
    """Run `__main__.py` with these settings of the stack file (`kubernetes:NAME` → value).

    In a preview no resource has outputs yet, as before the first `pulumi up`. `previous` are the stack's last outputs.
    """
    recording = Recording()

    async def run() -> None:
        monitor = Monitor(recording, preview=preview, previous=previous)
        mocks.set_mocks(
            monitor.mocks, project=PROJECT, stack=stack, organization="organization", preview=preview, monitor=monitor
        )
        # The one that set_mocks made is finished already: it takes no outputs.
        set_root_resource(None)  # type: ignore[arg-type]
        set_all_config({key: _as_text(value) for key, value in settings.items()}, [])
        await run_in_stack(_program)

    # Pulumi's settings are context variables: nothing of this run is left to the next.
    contextvars.copy_context().run(asyncio.run, run())
    return recording


def _program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def _as_text(value: Any) -> str:
    """As the engine hands a setting to the program."""
    return value if isinstance(value, str) else json.dumps(value)


class Answers(mocks.Mocks):
    """Gives the earlier outputs, and one image of each cloud; resources are answered by `Monitor`."""

    def __init__(self, previous: Mapping[str, Any] | None) -> None:
        self._previous = previous or {}

    def call(self, args: mocks.MockCallArgs) -> Any:
        if args.token == "aws:ec2/getAmi:getAmi" and "owners" in args.args:
            return {"id": f"ami-of-{args.args['owners'][0]}"}
        if args.token == "aws:ec2/getAmi:getAmi":
            return {"rootDeviceName": f"disk-of-{args.args['filters'][0]['values'][0]}"}
        if args.token.startswith("gcp:"):
            return google.answer(args.token.rpartition(":")[2], args.args)
        return {"outputs": plain(self._previous)}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        kept = {"output": args.inputs["input"]} if args.typ == "pulumi:index:Stash" else {}
        if args.typ == "aws:ec2/launchTemplate:LaunchTemplate":
            kept = {"latestVersion": 7}
        if args.typ.startswith("gcp:"):
            kept = google.outputs(args.typ, args.name, args.inputs)
        return f"{args.name}-id", {**args.inputs, **made_up(args.typ, args.name), **kept}


class Monitor(mocks.MockMonitor):
    """Keeps all of each request, where `Mocks` are told of a part."""

    def __init__(self, recording: Recording, *, preview: bool, previous: Mapping[str, Any] | None) -> None:
        super().__init__(Answers(previous))
        self._recording, self._preview = recording, preview

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  # the protocol's name
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type == "pulumi:pulumi:Stack":
            return response
        self._recording.resources[response.urn] = Resource(
            urn=response.urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            inputs=rpc.deserialize_properties(request.object),
            dependencies=frozenset(request.dependencies),
            deleted_with=request.deletedWith,
            ignored_changes=tuple(request.ignoreChanges),
            kept_at_its_end=request.retainOnDelete,
            replacement_trigger=(
                rpc.deserialize_property(request.replacement_trigger)
                if request.HasField("replacement_trigger")
                else None
            ),
            protected=request.protect,
            deleted_before_replaced=request.deleteBeforeReplace,
        )
        if request.custom and self._preview:
            return resource_pb2.RegisterResourceResponse(urn=response.urn, object=request.object)
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        if "pulumi:pulumi:Stack" in request.urn:
            self._recording.outputs.update(rpc.deserialize_properties(request.outputs))
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def made_up(kind: str, name: str) -> Inputs:
    """The outputs that a provider would compute; those that it calls secret are secret, and marked."""

    def secret(part: str) -> pulumi.Output[str]:
        return pulumi.Output.secret(f"{MARK}{part}-of-{name}")

    match kind:
        case "tls:index/privateKey:PrivateKey":
            return {
                "privateKeyPem": secret("pem"),
                "privateKeyOpenssh": secret("openssh"),
                "publicKeyPem": f"public-pem-of-{name}",
                "publicKeyOpenssh": f"ssh-ed25519 public-of-{name}\n",
            }
        case "tls:index/certRequest:CertRequest":
            return {"certRequestPem": f"request-of-{name}"}
        case "tls:index/selfSignedCert:SelfSignedCert" | "tls:index/locallySignedCert:LocallySignedCert":
            return {"certPem": f"certificate-of-{name}", "validityEndTime": "2030-01-01T00:00:00Z"}
        case "random:index/randomPassword:RandomPassword":
            return {"result": secret("password")}
        case "random:index/randomBytes:RandomBytes":
            return {"base64": secret("bytes")}
        case "aws:ec2/instance:Instance":
            return {"publicIp": f"public-ip-of-{name}", "primaryNetworkInterfaceId": f"eni-of-{name}"}
        case "aws:ec2/eip:Eip":
            return {"publicIp": f"public-ip-of-{name}", "allocationId": f"eipalloc-of-{name}"}
        case "aws:lb/loadBalancer:LoadBalancer" | "aws:lb/targetGroup:TargetGroup":
            return {"arn": f"arn-of-{name}"}
    return {}


def is_secret(value: Any) -> bool:
    """Whether an input, or everything in it, is kept secret by the engine."""
    return isinstance(value, dict) and value.get(SIGNATURE) == SECRET


def plain(value: Any) -> Any:
    """The input as the provider gets it."""
    if is_secret(value):
        return plain(value["value"])
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


def unpacked(recording: Recording, step: str) -> dict[str, str]:
    """What a step's standard input holds: path → content."""
    packed = base64.b64decode(plain(recording.command(step).inputs["stdin"]))
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as tar:
        return {m.name: content.read().decode() for m in tar.getmembers() if (content := tar.extractfile(m))}


def open_texts(value: Any) -> Iterator[str]:
    """All texts in the input that are not secret."""
    if is_secret(value):
        return
    if isinstance(value, str):
        yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from open_texts(part)

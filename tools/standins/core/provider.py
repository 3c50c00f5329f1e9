"""A stand-in plugin: the engine's calls, turned into calls of its resources."""

from __future__ import annotations

import asyncio
import functools
import json
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty

from tools.standins.core.cloud import CloudResource
from tools.standins.core.configuration import Configuration
from tools.standins.core.difference import differences, property_names
from tools.standins.core.engine_log import EngineLog
from tools.standins.core.operation import Operation, StandInError
from tools.standins.core.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc
from tools.standins.core.resource import Difference, Resource
from tools.standins.core.schema import Failure, check
from tools.standins.core.values import contains_unknown, decode, encode, plain

Request = TypeVar("Request")
Response = TypeVar("Response")
# Takes the arguments of a function of the plugin, gives its result.
Function = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]
Method = Callable[[Any, Request, Any], Awaitable[Response]]


def _reports_errors(method: Method[Request, Response]) -> Method[Request, Response]:
    """Hands an error to the engine as one message, without a stack trace."""

    @functools.wraps(method)
    async def reporting(self: Any, request: Request, context: Any) -> Response:
        try:
            return await method(self, request, context)
        except StandInError as error:
            reason = str(error)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            traceback.print_exc()  # the engine keeps a plugin's standard error for its own debug log
            reason = f"the stand-in plugin failed with {type(error).__name__}: {error}"
        await context.abort(grpc.StatusCode.UNKNOWN, reason)
        raise AssertionError("abort returns by raising")

    return reporting


class StandInProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves `resources` and `functions` as the plugin `name`."""

    def __init__(
        self,
        *,
        name: str,
        resources: Iterable[Resource],
        functions: Mapping[str, Function] | None = None,
        configuration: Configuration | None = None,
        log: EngineLog,
    ) -> None:
        self._name = name
        self._resources = {resource.token: resource for resource in resources}
        self._functions = functions or {}
        self._configuration = configuration or Configuration()
        self._log = log
        self._cancelled = asyncio.Event()

    def _resource(self, urn: str) -> Resource:
        token = urn.split("::")[2].split("$")[-1]
        if token not in self._resources:
            raise StandInError(
                f"the stand-in for pulumi-{self._name} does not offer {token}; it offers {', '.join(self._resources)}"
            )
        return self._resources[token]

    def _operation(self, request: Any) -> Operation:
        return Operation(
            log=functools.partial(self._log.write, request.urn), cancelled=self._cancelled, timeout=request.timeout
        )

    def _version(self) -> str:
        # Imported where it is needed: it would add a tenth to the start, and the engine seldom asks.
        from importlib.metadata import version

        return version(f"pulumi-{self._name}")

    async def Handshake(self, request: Any, context: Any) -> provider_pb2.ProviderHandshakeResponse:  # noqa: N802
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True)

    async def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:  # noqa: N802
        return plugin_pb2.PluginInfo(version=self._version())

    async def GetSchema(self, request: Any, context: Any) -> provider_pb2.GetSchemaResponse:  # noqa: N802
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": self._name, "version": self._version()}))

    @_reports_errors
    async def CheckConfig(self, request: Any, context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        failures = self._configuration.problems(_configuration(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    @_reports_errors
    async def DiffConfig(self, request: Any, context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        old, new = _configuration(request.olds), _configuration(request.news)
        changes, replaces = differences(old, new), self._configuration.replaces(old, new)
        changes |= dict.fromkeys(replaces, "update")
        return _diff_response(Difference(changes=changes, replaces=replaces))

    @_reports_errors
    async def Configure(self, request: Any, context: Any) -> provider_pb2.ConfigureResponse:  # noqa: N802
        await self._configuration.configure(_configuration(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, acceptResources=True, supportsPreview=True)

    async def Cancel(self, request: Any, context: Any) -> Empty:  # noqa: N802
        self._cancelled.set()
        return Empty()

    @_reports_errors
    async def Invoke(self, request: Any, context: Any) -> provider_pb2.InvokeResponse:  # noqa: N802
        if request.tok not in self._functions:
            raise StandInError(f"the stand-in for pulumi-{self._name} does not offer the function {request.tok}")
        given = {name: value for name, value in plain(decode(request.args)).items() if value is not None}
        result = await self._functions[request.tok](given)
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(encode({**given, **result}))  # the field's name is a word of Python's
        return response

    @_reports_errors
    async def Check(self, request: Any, context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        resource = self._resource(request.urn)
        inputs, failures = check(resource.inputs, decode(request.news))
        if not failures:
            inputs = resource.complete(inputs, decode(request.olds), _resource_name(request.urn), request.randomSeed)
            failures = resource.problems(plain(inputs))
        return provider_pb2.CheckResponse(inputs=encode(inputs), failures=_failures(failures))

    @_reports_errors
    async def Diff(self, request: Any, context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        resource = self._resource(request.urn)
        given = decode(request.old_inputs)
        return _diff_response(resource.difference(decode(request.olds), decode(request.news), given))

    @_reports_errors
    async def Create(self, request: Any, context: Any) -> provider_pb2.CreateResponse:  # noqa: N802
        resource, inputs = self._resource(request.urn), decode(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=encode(resource.preview_create(inputs)))
        _require_known(inputs)
        name = _resource_name(request.urn)
        resource_id, outputs = await resource.create(self._operation(request), name, plain(inputs))
        return provider_pb2.CreateResponse(id=resource_id, properties=encode(resource.state(inputs, outputs)))

    @_reports_errors
    async def Update(self, request: Any, context: Any) -> provider_pb2.UpdateResponse:  # noqa: N802
        resource, state, inputs = self._resource(request.urn), decode(request.olds), decode(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=encode(resource.preview_update(state, inputs)))
        _require_known(inputs)
        known = {**plain(state), **_id(resource, request.id)}
        outputs = await resource.update(self._operation(request), known, plain(inputs))
        return provider_pb2.UpdateResponse(properties=encode(resource.state(inputs, outputs)))

    @_reports_errors
    async def Delete(self, request: Any, context: Any) -> Empty:  # noqa: N802
        resource = self._resource(request.urn)
        state = {**plain(decode(request.properties)), **_id(resource, request.id)}
        await resource.delete(self._operation(request), state)
        return Empty()

    @_reports_errors
    async def Read(self, request: Any, context: Any) -> provider_pb2.ReadResponse:  # noqa: N802
        resource, state = self._resource(request.urn), decode(request.properties)
        if not state and not isinstance(resource, CloudResource):
            raise StandInError(f"the stand-in for pulumi-{self._name} cannot import {resource.token}")
        found = await resource.read(self._operation(request), {**plain(state), **_id(resource, request.id)})
        if found is None:
            return provider_pb2.ReadResponse()
        inputs = resource.given(decode(request.inputs), found)
        properties = encode(resource.marked(state, found))
        return provider_pb2.ReadResponse(id=request.id, properties=properties, inputs=encode(inputs))


def _id(resource: Resource, resource_id: str) -> dict[str, str]:
    return {"id": resource_id} if isinstance(resource, CloudResource) else {}


def _resource_name(urn: str) -> str:
    return urn.split("::", 3)[3]


def _configuration(inputs: Any) -> dict[str, Any]:
    """The provider's inputs. The SDK sends what is no text as JSON."""
    decoded = plain(decode(inputs))
    return {name: _from_json(value) for name, value in decoded.items() if not name.startswith("__")}


def _from_json(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(("{", "[", "true", "false")):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _failures(failures: Iterable[Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=each.path, reason=each.reason) for each in failures]


def _require_known(inputs: dict[str, Any]) -> None:
    unknown = [name for name, value in inputs.items() if contains_unknown(value)]
    if unknown:
        raise StandInError(f"the engine sent no value for {', '.join(unknown)}")


def _diff_response(difference: Difference) -> provider_pb2.DiffResponse:
    kinds = provider_pb2.PropertyDiff
    names = {
        ("add", False): kinds.ADD,
        ("add", True): kinds.ADD_REPLACE,
        ("delete", False): kinds.DELETE,
        ("delete", True): kinds.DELETE_REPLACE,
        ("update", False): kinds.UPDATE,
        ("update", True): kinds.UPDATE_REPLACE,
    }
    response = provider_pb2.DiffResponse
    return response(
        changes=response.DIFF_SOME if difference.changes else response.DIFF_NONE,
        replaces=difference.replaces,
        diffs=sorted({property_names(path)[0] for path in difference.changes}),
        detailedDiff={
            path: kinds(kind=names[change, path in difference.replaces]) for path, change in difference.changes.items()
        },
        hasDetailedDiff=True,
        deleteBeforeReplace=difference.delete_before_replace,
    )

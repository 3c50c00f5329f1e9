"""The account and the region that the plugin works in, and the clients of AWS's services."""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections.abc import Mapping
from typing import Any

from tools.standins.core.configuration import Configuration
from tools.standins.core.operation import StandInError
from tools.standins.core.schema import Failure
from tools.standins.core.values import contains_unknown

_TAKEN = (
    "accessKey",
    "allowedAccountIds",
    "defaultTags",
    "maxRetries",
    "profile",
    "region",
    "secretKey",
    "skipCredentialsValidation",
    "skipRegionValidation",
    "token",
    "version",
)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_HELP = """Make sure you have:
 • Set your AWS region, e.g. `pulumi config set aws:region us-west-2`
 • Configured your AWS credentials per https://pulumi.io/install/aws.html"""


class Session(Configuration):
    """The provider's configuration; what it does not say comes from AWS's own variables."""

    def __init__(self) -> None:
        self._given: Mapping[str, Any] = {}
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._account = ""

    @property
    def region(self) -> str:
        """The region of resources that name none; empty before the plugin is configured."""
        named = (self._given.get("region"), os.environ.get("AWS_REGION"), os.environ.get("AWS_DEFAULT_REGION"))
        return next((region for region in named if region), "")

    @property
    def account(self) -> str:
        """The account's number."""
        if not self._account:
            self._account = self.client("sts").get_caller_identity()["Account"]
        return self._account

    @property
    def default_tags(self) -> Mapping[str, str]:
        """The tags that every resource gets."""
        tags: Mapping[str, str] = (self._given.get("defaultTags") or {}).get("tags") or {}
        return tags

    def arn(self, service: str, path: str, region: str | None = None) -> str:
        """The name of something in this account all over AWS."""
        return f"arn:aws:{service}:{self.region if region is None else region}:{self.account}:{path}"

    def client(self, service: str, region: str | None = None) -> Any:
        """A client of boto3's, the same each time."""
        import boto3  # type: ignore[import-untyped]
        from botocore.config import Config  # type: ignore[import-untyped]

        key = (service, region or self.region)
        with self._lock:  # boto3 makes clients in one thread at a time only
            if key not in self._clients:
                self._clients[key] = boto3.client(
                    service,
                    region_name=key[1],
                    aws_access_key_id=self._given.get("accessKey"),
                    aws_secret_access_key=self._given.get("secretKey"),
                    aws_session_token=self._given.get("token"),
                    config=Config(retries={"mode": "standard", "total_max_attempts": 3}, max_pool_connections=32),
                )
            return self._clients[key]

    def problems(self, given: Mapping[str, Any]) -> list[Failure]:
        refused = sorted(set(given) - set(_TAKEN))
        failures = [Failure(path=name, reason="the stand-in does not take this setting") for name in refused]
        region = given.get("region")
        if isinstance(region, str) and not _REGION.fullmatch(region):
            failures.append(Failure(path="region", reason=f"Invalid AWS Region: {region}"))
        return failures

    def replaces(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
        return ("region",) if old.get("region") != new.get("region") else ()

    async def configure(self, given: Mapping[str, Any]) -> None:
        self._given = {name: value for name, value in given.items() if value is not None}
        if not contains_unknown(self._given):
            await asyncio.to_thread(self._validate)

    def _validate(self) -> None:
        import botocore.session  # type: ignore[import-untyped]
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

        if not self.region:
            raise StandInError(f"unable to validate AWS credentials.\nDetails: missing region\n{_HELP}")
        known = botocore.session.get_session().get_available_regions("ec2")
        if self.region not in known and not self._given.get("skipRegionValidation"):
            raise StandInError(f"Invalid AWS Region: {self.region}")
        try:
            self._account = self.client("sts").get_caller_identity()["Account"]
        except ClientError as error:
            raise StandInError(f"unable to validate AWS credentials.\nDetails: {describe(error)}\n{_HELP}") from error
        except BotoCoreError as error:
            raise StandInError(
                f"unable to validate AWS credentials.\nDetails: No valid credential sources found. {error}\n{_HELP}"
            ) from error
        allowed = self._given.get("allowedAccountIds")
        if allowed and self._account not in allowed:
            raise StandInError(f"AWS account ID not allowed: {self._account}")


def describe(error: Any) -> str:
    """An error of a service, in the words of AWS's Go SDK, which is what the official plugin shows."""
    response = error.response
    metadata = response.get("ResponseMetadata", {})
    return (
        f"operation error: {error.operation_name}, https response error StatusCode:"
        f" {metadata.get('HTTPStatusCode', 0)}, RequestID: {metadata.get('RequestId', '')}, api error"
        f" {response['Error']['Code']}: {response['Error']['Message']}"
    )

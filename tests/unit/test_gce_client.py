"""Google's own client against the stand-in for Google's cloud, over HTTP."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from tools.clouds.gce.api import ComputeApi
from tools.clouds.gce.discovery import document
from tools.clouds.gce.web import serve

PLACE = {"project": "project", "region": "europe-west3"}


@pytest.fixture
def endpoint() -> Iterator[str]:
    """Where an empty cloud listens."""
    server = serve(ComputeApi(), 0)
    yield f"http://127.0.0.1:{server.server_port}/compute/v1/"
    server.shutdown()
    server.server_close()


def _client(endpoint: str, token: str | None) -> Any:
    # Google's packages say nothing of their types.
    discovery = importlib.import_module("googleapiclient.discovery")
    http = importlib.import_module("httplib2").Http()
    if token is not None:
        credentials = importlib.import_module("google.oauth2.credentials").Credentials(token)
        http = importlib.import_module("google_auth_httplib2").AuthorizedHttp(credentials, http=http)
    root = endpoint.removesuffix("compute/v1/")
    return discovery.build_from_document({**document(), "rootUrl": root, "mtlsRootUrl": root}, http=http)


def test_googles_client_makes_waits_lists_and_removes(endpoint: str) -> None:
    client = _client(endpoint, "token")
    made = client.networks().insert(project="project", body={"name": "net", "autoCreateSubnetworks": False}).execute()
    done = client.globalOperations().wait(project="project", operation=made["name"]).execute()
    assert (made["status"], done["status"]) == ("RUNNING", "DONE")
    subnetwork = {"name": "one", "network": "global/networks/net", "ipCidrRange": "10.0.0.0/24"}
    made = client.subnetworks().insert(**PLACE, body=subnetwork).execute()
    assert client.regionOperations().get(**PLACE, operation=made["name"]).execute()["status"] == "DONE"
    (found,) = client.subnetworks().list(**PLACE).execute()["items"]
    network = "https://www.googleapis.com/compute/v1/projects/project/global/networks/net"
    assert (found["network"], found["gatewayAddress"]) == (network, "10.0.0.1")
    client.subnetworks().delete(**PLACE, subnetwork="one").execute()
    assert client.subnetworks().list(**PLACE).execute()["items"] == []


def test_googles_client_reads_refusals(endpoint: str) -> None:
    errors = importlib.import_module("googleapiclient.errors")
    with pytest.raises(errors.HttpError, match=r"404 .+ \"The resource '.+/net' was not found\""):
        _client(endpoint, "token").networks().get(project="project", network="net").execute()
    with pytest.raises(errors.HttpError, match=r"401 .* missing required authentication credential"):
        _client(endpoint, None).networks().list(project="project").execute()

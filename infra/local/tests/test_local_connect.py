"""`soldwire connect` asks the connector for one tenant, in that connector's words, and shows no secret."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID, uuid4

import pytest
import typer
from kit import tokens
from kit.settings import ServiceSettings
from pydantic import SecretStr
from soldwire_local.commands import connect
from soldwire_local.operations import Refusal
from testkit.services import TEST_SECRET
from typer.testing import CliRunner, Result

TENANT, ACCOUNT = uuid4(), uuid4()
ANSWER = f'{{"account_id": "{ACCOUNT}", "name": "Second Spring", "state": "connected"}}'
REFUSED = '{"code": "unauthorized", "message": "The shop refuses this token."}'


class Connector:
    """Stands where a connector's HTTP is and keeps what it was asked."""

    def __init__(self) -> None:
        self.body = b""
        self.path = ""
        self.token = ""
        self.status, self.answer = 201, ANSWER
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.path = self.path
                outer.token = self.headers["Authorization"].removeprefix("Bearer ")
                outer.body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(outer.status)
                self.end_headers()
                self.wfile.write(outer.answer.encode())

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def connector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connector]:
    stand_in = Connector()
    thread = threading.Thread(target=stand_in.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    monkeypatch.setenv("SOLDWIRE_SECRET", TEST_SECRET)
    monkeypatch.setenv("SOLDWIRE_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("SOLDWIRE_POSTGRES", "postgresql://nobody@127.0.0.1:1/none")
    for name in ("SHOPIFY", "EBAY", "DEPOP_INGEST"):
        monkeypatch.setenv(f"SOLDWIRE_URL_CONNECTOR_{name}", stand_in.url)
    yield stand_in
    stand_in.server.shutdown()
    stand_in.server.server_close()


def soldwire(*arguments: str, typed: str) -> Result:
    app = typer.Typer()
    connect.register(app)
    return CliRunner().invoke(app, ["connect", *arguments, "--tenant", str(TENANT)], input=typed)


def asked_for(connector: Connector, audience: str) -> UUID:
    settings = ServiceSettings(postgres_bus="", secret=SecretStr(TEST_SECRET))
    return tokens.verify(settings, connector.token, audience=audience).tenant_id


def test_a_shop_is_connected_for_its_tenant(connector: Connector) -> None:
    result = soldwire("shopify", "second-spring.myshopify.com", typed="shpat_1\nshpss_2\n")
    assert result.exit_code == 0, result.output
    assert f"Second Spring is connected ({ACCOUNT})" in result.output
    assert json.loads(connector.body) == {
        "shop": "second-spring.myshopify.com",
        "access_token": "shpat_1",
        "client_secret": "shpss_2",
        "stock_master": "False",
    }
    assert connector.path == "/v1/accounts"
    assert asked_for(connector, "connector-shopify") == TENANT
    assert "shpat_1" not in result.output


def test_an_ebay_seller_is_connected_as_stock_master(connector: Connector) -> None:
    result = soldwire("ebay", "--stock-master", typed="v^1.1#i^1#refresh\n")
    assert result.exit_code == 0, result.output
    assert json.loads(connector.body) == {"refresh_token": "v^1.1#i^1#refresh", "stock_master": "True"}
    assert asked_for(connector, "connector-ebay") == TENANT


def test_a_browser_s_code_is_shown(connector: Connector) -> None:
    connector.answer = '{"code": "K7QX2M9P", "expires_at": "2026-11-20T14:13:07Z"}'
    result = soldwire("depop", typed="")
    assert result.output == "K7QX2M9P pairs one browser until 14:13:07 UTC\n"
    assert connector.path == "/v1/pairings"
    assert asked_for(connector, "connector-depop-ingest") == TENANT


def test_an_app_of_the_developer_dashboard_gives_its_id_and_secret(connector: Connector) -> None:
    arguments = ("shopify", "second-spring.myshopify.com", "--client-id", "app-1")
    result = soldwire(*arguments, typed="shpss_2\n")
    assert result.exit_code == 0, result.output
    assert "shpss_2" not in result.output
    assert json.loads(connector.body) == {
        "shop": "second-spring.myshopify.com",
        "client_id": "app-1",
        "client_secret": "shpss_2",
        "stock_master": "False",
    }


def test_a_refusal_is_told_in_the_connector_s_words(connector: Connector) -> None:
    connector.status, connector.answer = 422, REFUSED
    result = soldwire("shopify", "second-spring.myshopify.com", typed="wrong\nwrong\n")
    assert isinstance(result.exception, Refusal)
    assert "refuses this token" in str(result.exception)


@pytest.mark.parametrize(
    ("module", "path", "sent"),
    [
        (
            "connector_shopify",
            "/v1/accounts",
            {"shop", "access_token", "client_id", "client_secret", "stock_master"},
        ),
        ("connector_ebay", "/v1/accounts", {"refresh_token", "stock_master"}),
        ("connector_depop_ingest", "/v1/pairings", set[str]()),
    ],
)
def test_the_connectors_want_what_is_sent(module: str, path: str, sent: set[str]) -> None:
    """Against the HTTP contract each connector prints, so that neither side changes alone."""
    seal_key = "k1:" + base64.b64encode(bytes(32)).decode()
    nowhere = {f"SOLDWIRE_POSTGRES_{role}": "postgresql://a:b@127.0.0.1:1/c" for role in ("BUS", "REQUEST")}
    environment = {**os.environ, **nowhere, "SOLDWIRE_SECRET": TEST_SECRET, "SOLDWIRE_SEAL_KEYS": seal_key}
    command = [sys.executable, "-m", module, "openapi"]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    contract = json.loads(done.stdout)
    body = contract["paths"][path]["post"].get("requestBody")
    if body is None:
        assert not sent
        return
    name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = contract["components"]["schemas"][name]
    assert set(schema["required"]) <= sent <= set(schema["properties"])

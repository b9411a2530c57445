"""Compose without an engine: it names every service, its port, and only variables and metrics that really exist."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from kit.settings import ServiceSettings
from prometheus_client import REGISTRY
from soldwire_local import services
from soldwire_local.commands import provision
from soldwire_local.environment import url_variable
from soldwire_local.services import Service

ROOT = Path(__file__).resolve().parents[3]
DOCKER = ROOT / "infra" / "docker"
SERVICES = services.discover(ROOT)
FROM_FILE = set(provision.CREDENTIALS)
BY_IMAGE = {"SOLDWIRE_HTTP_HOST"}

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


@cache
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def entry(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"][service.name]
    return found


def settings_of(service: Service) -> type[ServiceSettings]:
    settings: type[ServiceSettings] = importlib.import_module(f"{service.module}.config").Settings
    return settings


def known_variables(service: Service) -> set[str]:
    return {f"SOLDWIRE_{field.upper()}" for field in settings_of(service).model_fields}


def test_every_service_is_there_and_no_other_of_ours() -> None:
    ours = {name for name, it in compose()["services"].items() if it.get("image") == "soldwire:local"}
    assert ours - {"provision"} == {path.name for path in (ROOT / "services").iterdir() if path.is_dir()}


@each_service
def test_variables_exist_in_the_settings(service: Service) -> None:
    addresses = {url_variable(other.name) for other in SERVICES} | {
        url_variable(path.name) for path in (ROOT / "services").iterdir()
    }
    assert set(entry(service)["environment"]) <= known_variables(service) | addresses


@each_service
def test_what_settings_require_is_given(service: Service) -> None:
    required = {
        f"SOLDWIRE_{name.upper()}"
        for name, field in settings_of(service).model_fields.items()
        if field.is_required()
    }
    assert required <= set(entry(service)["environment"]) | FROM_FILE | BY_IMAGE


@each_service
def test_ports_agree(service: Service) -> None:
    port = entry(service)["environment"]["SOLDWIRE_HTTP_PORT"]
    assert int(port) == service.port_hint
    assert entry(service)["environment"][url_variable(service.name)] == f"http://{service.name}:{port}"
    assert all(published == f"127.0.0.1:{port}:{port}" for published in entry(service).get("ports", []))
    assert f"{service.name}:{port}" in scraped()


@each_service
def test_a_service_mounts_its_own_credentials_alone(service: Service) -> None:
    folder = f"/var/lib/soldwire/credentials/{service.name}"
    assert entry(service)["volumes"] == [f"{service.name}:{folder}:ro"]
    assert f"{service.name}:{folder}" in compose()["services"]["provision"]["volumes"]
    assert service.name in compose()["volumes"]


@each_service
def test_the_command_chooses_the_service(service: Service) -> None:
    assert entry(service)["command"] == [service.name]
    assert service.module == service.name.replace("-", "_"), "service.sh takes the module from the name"


def test_services_start_after_provisioning_and_that_after_the_stores() -> None:
    waits = {"provision": {"condition": "service_completed_successfully"}}
    assert all(entry(service)["depends_on"] == waits for service in SERVICES)
    stores = compose()["services"]["provision"]["depends_on"]
    assert stores == {name: {"condition": "service_healthy"} for name in ("kafka", "postgres")}
    assert all("healthcheck" in compose()["services"][name] for name in stores)


def test_the_administrator_s_password_stays_with_provisioning() -> None:
    holders = {
        name
        for name, it in compose()["services"].items()
        if "SOLDWIRE_ADMIN_PASSWORD" in json.dumps(it.get("environment", {}))
    }
    assert holders == {"postgres", "provision"}


def test_files_mounted_from_here_are_here() -> None:
    mounts = [m for it in compose()["services"].values() for m in it.get("volumes", []) if m.startswith("./")]
    assert mounts
    assert not [mount for mount in mounts if not (ROOT / mount.split(":")[0]).exists()]


def test_example_env_names_variables_compose_reads() -> None:
    named = set(re.findall(r"^#?(SOLDWIRE_\w+)=", (DOCKER / "example.env").read_text(), re.M))
    text = (ROOT / "docker-compose.yml").read_text()
    assert named
    assert not {name for name in named if name not in text}


def test_the_image_builds_with_the_uv_of_the_makefile_and_copies_what_is_there() -> None:
    text = (DOCKER / "Dockerfile").read_text()
    wanted = re.search(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.M)
    assert wanted is not None
    assert f"uv=={wanted[1]}" in text
    sources = [line.split()[1:-1] for line in text.splitlines() if re.match(r"COPY (?!--from)", line)]
    assert all((ROOT / source).exists() for line in sources for source in line)


def scraped() -> set[str]:
    jobs = yaml.safe_load((DOCKER / "prometheus.yaml").read_text())["scrape_configs"]
    return {target for job in jobs for config in job["static_configs"] for target in config["targets"]}


def exposed() -> Iterator[str]:
    """Names of every series the services expose."""
    for service in SERVICES:
        importlib.import_module(f"{service.module}.app")
    for metric in REGISTRY.collect():
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
        yield from (metric.name + suffix for suffix in suffixes.get(metric.type, [""]))


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    dashboard = json.loads((DOCKER / "grafana" / "dashboards" / "soldwire.json").read_text())
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"soldwire_\w+", target["expr"])
    }
    assert len(asked) >= 10
    assert not asked - set(exposed())


def test_alerts_ask_for_metrics_that_exist() -> None:
    rules = yaml.safe_load((DOCKER / "alerts.yaml").read_text())["groups"][0]["rules"]
    asked = {name for rule in rules for name in re.findall(r"soldwire_\w+", rule["expr"])}
    assert len(asked) >= 8
    assert not asked - set(exposed())


def test_service_sh_migrates_and_serves_with_that_service_s_credentials(tmp_path: Path) -> None:
    (tmp_path / "sales-ledger").mkdir()
    (tmp_path / "sales-ledger" / "service.env").write_text("SOLDWIRE_SECRET='of this service'\n")
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$SOLDWIRE_SECRET: $*"\n')
    python.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SOLDWIRE_CREDENTIALS": str(tmp_path)}

    def said(*arguments: str) -> list[str]:
        command = ["/bin/sh", str(DOCKER / "service.sh"), "sales-ledger", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    assert said() == ["of this service: -m sales_ledger migrate", "of this service: -m sales_ledger run"]
    assert said("openapi") == ["of this service: -m sales_ledger openapi"]

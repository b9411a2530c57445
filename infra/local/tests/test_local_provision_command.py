"""`soldwire provision` on servers that are there already: what it makes, and what each service is given."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
import typer
from kit.settings import ServiceSettings
from soldwire_contracts.topics import TOPICS
from soldwire_local import services, topics
from soldwire_local.commands import provision
from typer.testing import CliRunner

pytestmark = pytest.mark.bus


def soldwire(*arguments: str) -> str:
    app = typer.Typer()
    provision.register(app)
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def variables(file: Path) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in file.read_text().splitlines())
    return {name: value.strip("'") for name, value in pairs}


@pytest.fixture
def folder(kafka: str, own_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOLDWIRE_KAFKA", kafka)
    monkeypatch.setenv("SOLDWIRE_POSTGRES", own_postgres)
    monkeypatch.setenv("SOLDWIRE_SECRET", "a secret of these tests, long enough to be one")
    return tmp_path


async def test_each_service_can_enter_its_database_with_what_it_was_given(folder: Path) -> None:
    await asyncio.to_thread(soldwire, "--env-folder", str(folder))
    for service in services.discover():
        given = variables(folder / service.name / provision.FILE)
        for role in ("owner", "bus", "request"):
            conn = await asyncpg.connect(given[f"SOLDWIRE_POSTGRES_{role.upper()}"])
            assert await conn.fetchval("select current_user") == f"{service.module}_{role}"
            await conn.close()


async def test_every_topic_of_the_contracts_is_there(folder: Path, kafka: str) -> None:
    await asyncio.to_thread(soldwire)
    async with topics.connected(kafka) as admin:
        found = await topics.partitions(admin)
    assert {topic.name: found.get(topic.name) for topic in TOPICS.values()} == {
        topic.name: topic.partitions for topic in TOPICS.values()
    }


def test_credentials_are_the_service_s_own_and_for_its_user_alone(folder: Path) -> None:
    soldwire("--env-folder", str(folder))
    soldwire("--env-folder", str(folder))
    for service in services.discover():
        file = folder / service.name / provision.FILE
        assert file.stat().st_mode & 0o777 == 0o600
        assert set(variables(file)) == set(provision.CREDENTIALS)
        others = [other.module for other in services.discover() if other.name != service.name]
        assert not [other for other in others if f"//{other}_" in file.read_text()]


def test_what_is_written_is_what_settings_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soldwire("--env-folder", str(folder))
    given = variables(folder / "inventory" / provision.FILE)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = ServiceSettings()
    assert settings.postgres_bus == given["SOLDWIRE_POSTGRES_BUS"]
    assert settings.secret.get_secret_value() == given["SOLDWIRE_SECRET"]

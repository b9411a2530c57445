"""The whole runtime around stand-in services, in this process on given servers and as `soldwire up` on embedded ones."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest
from soldwire_local import lock
from soldwire_local.errors import LocalError
from soldwire_local.runtime import Runtime
from soldwire_local.services import Service

pytestmark = [pytest.mark.bus, pytest.mark.long]
STAND_INS = {"PYTHONPATH": str(Path(__file__).parent / "stand_ins")}
SERVICES = [Service("stand-in", "stand_in"), Service("other-stand-in", "stand_in")]


@pytest.fixture
async def runtime(
    tmp_path: Path, kafka: str, own_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Runtime]:
    monkeypatch.setenv("SOLDWIRE_KAFKA", kafka)
    monkeypatch.setenv("SOLDWIRE_POSTGRES", own_postgres)
    async with Runtime(tmp_path, services=SERVICES, sandbox=False, extra=STAND_INS) as up:
        yield up


async def environment_of(runtime: Runtime, service: str) -> dict[str, str]:
    async with httpx.AsyncClient(trust_env=False) as http:
        found: dict[str, str] = (await http.get(runtime.url(service) + "/environment")).json()
        return found


async def test_given_servers_are_used_and_services_know_only_their_own_roles(
    runtime: Runtime, kafka: str, own_postgres: str
) -> None:
    seen = await environment_of(runtime, "stand-in")
    assert seen["SOLDWIRE_KAFKA"] == kafka
    assert "SOLDWIRE_POSTGRES" not in seen
    assert "/soldwire_stand_in" in seen["SOLDWIRE_POSTGRES_BUS"]
    assert seen["SOLDWIRE_URL_OTHER_STAND_IN"] == runtime.url("other-stand-in")
    assert not any(own_postgres.split("@")[0] in value for value in seen.values())


async def test_a_killed_service_is_back_and_ready(runtime: Runtime) -> None:
    process = runtime.process("stand-in")
    before = process.pid
    process.kill9()
    await asyncio.sleep(0.05)
    await process.ready(within=10)
    assert process.pid != before
    assert process.starts == 2


async def test_a_second_runtime_on_the_same_data_is_refused(runtime: Runtime) -> None:
    with pytest.raises(lock.InUse, match="another runtime"):
        async with Runtime(runtime.data, services=[], sandbox=False):
            raise AssertionError("two runtimes on one folder")
    assert runtime.process("stand-in").running


async def test_a_failing_migration_stops_everything_and_shows_its_output(
    tmp_path: Path, kafka: str, own_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOLDWIRE_KAFKA", kafka)
    monkeypatch.setenv("SOLDWIRE_POSTGRES", own_postgres)
    broken = Service("broken", "no_such_module")
    with pytest.raises(LocalError, match="no_such_module"):
        async with Runtime(tmp_path, services=[*SERVICES, broken], sandbox=False, extra=STAND_INS):
            raise AssertionError("started without its tables")
    assert lock.holder(tmp_path) is None


class Command:
    """`soldwire …` in a repository of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        folder = root / "services" / "stand-in"
        folder.mkdir(parents=True)
        (root / "pyproject.toml").write_text("")
        (folder / "service.yaml").write_text("name: stand-in\nmodule: stand_in\ntitle: A stand-in\n")

    async def run(self, *arguments: str) -> asyncio.subprocess.Process:
        environment = {**os.environ, **STAND_INS, "SOLDWIRE_HOME": str(self.root / "data"), "COLUMNS": "200"}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "soldwire_local",
            *arguments,
            cwd=self.root,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def output(self, *arguments: str) -> tuple[int | None, str]:
        process = await self.run(*arguments)
        out, _ = await process.communicate()
        return process.returncode, out.decode()

    async def up(self) -> asyncio.subprocess.Process:
        process = await self.run("up", "--no-sandbox")
        await printed(process, "Ctrl-C")
        return process


async def printed(process: asyncio.subprocess.Process, words: str) -> None:
    """Until it printed these words."""
    assert process.stdout is not None
    seen = ""
    while words not in seen:
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        assert line, seen
        seen += line.decode()


def broker(root: Path) -> psutil.Process:
    """The Kafka that works below this folder."""
    return next(
        process
        for process in psutil.process_iter(["cmdline"])
        if "kafka.Kafka" in (line := process.info["cmdline"] or []) and str(root) in " ".join(line)
    )


def alive(root: Path) -> list[str]:
    """Command lines of living processes that name this folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(root) in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(line[:200])
    return found


async def test_up_runs_stops_in_order_refuses_a_reset_and_survives_kill_9(tmp_path: Path) -> None:
    command = Command(tmp_path)
    first = await command.up()
    status, out = await command.output("reset", "--yes")
    assert (status, "uses" in out) == (1, True), out
    status, out = await command.output("doctor")
    assert (status, "fail" in out) == (0, False), out
    status, out = await command.output("topics")
    assert (status, "sale.detected" in out, "isn't reachable" in out) == (0, True, False), out
    broker(tmp_path).kill()
    await printed(first, "Kafka ended with SIGKILL; starts again")
    status, out = await command.output("reset", "--yes")
    assert (status, "uses" in out) == (1, True), out
    first.send_signal(signal.SIGINT)  # while the broker is on its way back
    assert await asyncio.wait_for(first.wait(), 30) == 0
    assert alive(tmp_path) == []

    second = await command.up()
    second.send_signal(signal.SIGKILL)
    await second.wait()
    deadline = time.monotonic() + 20
    while left := alive(tmp_path):
        assert time.monotonic() < deadline, left
        await asyncio.sleep(0.1)

    status, out = await command.output("reset", "--yes")
    assert status == 0, out
    assert not (tmp_path / "data").exists()

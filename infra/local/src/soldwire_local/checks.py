"""What `soldwire doctor` looks at: each check says what it found and, if that won't do, what helps."""

import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import httpx
import psutil
from jgo.constants import MAVEN_CENTRAL_URL

from soldwire_local import given, jars, java, kafka, lock, postgres, processes, running, services
from soldwire_local.errors import LocalError
from soldwire_local.ports import Ports, is_free

DISK_NEEDED = 2_000_000_000
MEMORY_NEEDED = 3_000_000_000


class State(Enum):
    """How a check came out."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor."""

    what: str
    state: State
    says: str
    remedy: str = ""


async def python(_: Path) -> list[Finding]:
    """Python's version."""
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return [_finding("python", good, f"{version} at {sys.executable}", "install Python 3.11 or newer")]


async def room(data: Path) -> list[Finding]:
    """Free disk and memory."""
    existing = next(folder for folder in (data, *data.parents) if folder.exists())
    disk, memory = shutil.disk_usage(existing).free, psutil.virtual_memory().available
    return [
        _finding("disk", disk > DISK_NEEDED, f"{disk / 1e9:.1f} GB free below {existing}", "free 2 GB"),
        _finding(
            "memory",
            memory > MEMORY_NEEDED,
            f"{memory / 1e9:.1f} GB available",
            "close programs: 3 GB needed",
        ),
    ]


async def folder(data: Path) -> list[Finding]:
    """Who uses the data folder."""
    holder = lock.holder(data)
    says = f"{data}: " + ("not in use" if holder is None else f"used by process {holder}")
    return [Finding("data", State.GOOD, says)]


async def remembered_ports(data: Path) -> list[Finding]:
    """Whether the ports of the last run are still free; a taken one is chosen anew, which is worth knowing."""
    if lock.holder(data) is not None:
        return [Finding("ports", State.GOOD, "in use by the runtime itself")]
    known = Ports(data / "ports.json").known()
    taken = [f"{name} {port}" for name, port in known.items() if not is_free(port)]
    if taken:
        return [
            Finding(
                "ports", State.NOTE, f"taken meanwhile: {', '.join(taken)}", "nothing: others will be chosen"
            )
        ]
    return [Finding("ports", State.GOOD, f"{len(known)} remembered, all free")]


async def packages(_: Path) -> list[Finding]:
    """Kafka's jars, the Java runtime and PostgreSQL's programs."""
    missing = jars.missing()
    wanted = len(jars.pinned())
    found = [_finding("java", _runs(java.command("-version")), str(java.command()[0]), "run `make setup`")]
    found.append(
        _finding("postgres", _runs([postgres.program("postgres"), "--version"]), "18", "run `make setup`")
    )
    if not missing:
        found.append(Finding("jars", State.GOOD, f"{wanted} in {jars.cache_folder()}"))
    elif await _reaches(os.environ.get("SOLDWIRE_MAVEN", MAVEN_CENTRAL_URL)):
        found.append(
            Finding(
                "jars", State.NOTE, f"{len(missing)} of {wanted} to fetch", "the first start fetches them"
            )
        )
    else:
        remedy = "check the network or proxy, or set SOLDWIRE_MAVEN to a mirror"
        found.append(Finding("jars", State.BAD, f"{len(missing)} missing, Maven Central unreachable", remedy))
    return found


async def stores(data: Path) -> list[Finding]:
    """Kafka and PostgreSQL, when something is up or an address is given."""
    bus, store = given.kafka(), given.postgres()
    if lock.holder(data) is not None:
        where = running.environment(data)
        bus, store = where.kafka, where.postgres
    if not bus and not store:
        return [Finding("runtime", State.NOTE, "not running", "`soldwire up` or `make demo` starts it")]
    remedy = "see the logs in the data folder, or the given address"
    found = [_finding("kafka", await kafka.answers(bus), f"at {bus}", remedy)] if bus else []
    found += [await _database(store, remedy)] if store else []
    return [*found, *_restarts(data)]


def _restarts(data: Path) -> list[Finding]:
    """The last word of those who keep the embedded servers running, if this run made them speak."""
    holder = lock.holder(data)
    logs = [data / "logs" / f"{name}.log" for name in ("kafka", "postgres")]
    return [
        Finding(
            "restarts", State.NOTE, processes.tail(log, 1), f"see {log}, and what the server itself logged"
        )
        for log in logs
        if holder and log.exists() and log.stat().st_mtime > psutil.Process(holder).create_time()
    ]


async def _database(dsn: str, remedy: str) -> Finding:
    try:
        good = await postgres.answers(dsn)
    except LocalError as error:
        return Finding("database", State.BAD, error.args[0], error.remedy)
    return _finding("database", good, "the administrator gets an answer" if good else "no answer", remedy)


async def every_service(data: Path) -> list[Finding]:
    """Each service with a service.yaml: ready, when the runtime is up."""
    found = services.discover()
    if lock.holder(data) is None:
        return [Finding("services", State.GOOD, f"{len(found)} can be started")]
    urls = running.environment(data).urls
    return [await _service(service.name, urls.get(service.name), data) for service in found]


async def _service(name: str, url: str | None, data: Path) -> Finding:
    if url is None:
        return Finding(name, State.NOTE, "not started in this run")
    good = await _is_ready(url)
    return _finding(name, good, f"at {url}" if good else "not ready", f"see {data}/logs/{name}.log")


def _finding(what: str, good: bool, says: str, remedy: str) -> Finding:
    return Finding(what, State.GOOD if good else State.BAD, says, "" if good else remedy)


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


async def _is_ready(url: str) -> bool:
    """Asked without any proxy: it is on this machine, or where the person said."""
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            return (await http.get(f"{url.rstrip('/')}/ready")).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


async def _reaches(url: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=5, follow_redirects=True) as http:
            return (await http.get(url)).status_code < httpx.codes.INTERNAL_SERVER_ERROR
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


Check = Callable[[Path], Awaitable[list[Finding]]]
ALL: tuple[Check, ...] = (python, room, folder, remembered_ports, packages, stores, every_service)

"""Kafka's jars, fetched from Maven Central through jgo and checked against the pinned digests of data/kafka-jars.txt."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jgo.constants import MAVEN_CENTRAL_URL, default_jgo_cache
from jgo.maven import MavenContext

from soldwire_local.errors import LocalError

DOWNLOADS_AT_ONCE = 8
ATTEMPTS = 3
SECONDS_PER_REQUEST = 60


class JarsUnavailable(LocalError):
    """A jar is neither in the cache nor reachable; repeating helps once the repository answers."""


@dataclass(frozen=True)
class Jar:
    """One pinned jar: Maven coordinate and the SHA-256 its bytes must have."""

    group: str
    artifact: str
    version: str
    sha256: str

    @classmethod
    def parse(cls, line: str) -> "Jar":
        """Read `group:artifact:version sha256`."""
        coordinate, sha256 = line.split()
        group, artifact, version = coordinate.split(":")
        return cls(group, artifact, version, sha256)

    @property
    def path(self) -> Path:
        """Where a Maven repository keeps it, relative to the repository's root."""
        folder = Path(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"


def pinned() -> list[Jar]:
    """Every jar the broker needs, transitive ones included.

    The list is whole because jgo's own mediation from kafka_2.13 alone picks kafka-clients 3.8.0, with which the
    broker dies; so each jar is taken by its exact coordinate and nothing is resolved.
    """
    text = files("soldwire_local").joinpath("data/kafka-jars.txt").read_text()
    return [Jar.parse(line) for line in text.splitlines() if line and not line.startswith("#")]


def cache_folder() -> Path:
    """The Maven repository below jgo's cache (~/.cache/jgo, or JGO_CACHE_DIR)."""
    return default_jgo_cache() / "maven"


def missing(cache: Path | None = None) -> list[Jar]:
    """The pinned jars that the cache doesn't hold with the right bytes."""
    root = cache or cache_folder()
    jars = pinned()
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        return [
            jar
            for jar, good in zip(jars, pool.map(lambda j: _is_good(root, j), jars), strict=True)
            if not good
        ]


def class_path(cache: Path | None = None) -> str:
    """Fetch what is missing and return the class path; raises JarsUnavailable. May be repeated."""
    root = cache or cache_folder()
    root.mkdir(parents=True, exist_ok=True)
    if missing(root):
        with _only_one_process(root):
            _fetch(root, missing(root))
    return os.pathsep.join(str(root / jar.path) for jar in pinned())


def _fetch(root: Path, jars: list[Jar]) -> None:
    address = os.environ.get("SOLDWIRE_MAVEN", MAVEN_CENTRAL_URL)
    context = MavenContext(repo_cache=root, remote_repos={"central": address}, timeout=SECONDS_PER_REQUEST)
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        for _ in pool.map(lambda jar: _fetch_one(context, address, root, jar), jars):
            pass


def _fetch_one(context: MavenContext, address: str, root: Path, jar: Jar) -> None:
    reason = "the bytes differ from the pinned digest"
    for _ in range(ATTEMPTS):
        (root / jar.path).unlink(missing_ok=True)
        try:
            context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
        except (OSError, RuntimeError) as error:  # every error of requests is an OSError
            reason = f"{type(error).__name__}: {error}"
            continue
        if _is_good(root, jar):
            return
    raise JarsUnavailable(
        f"{jar.group}:{jar.artifact}:{jar.version} could not be fetched from {address} ({reason})",
        remedy="check the network or proxy, or set SOLDWIRE_MAVEN to a mirror of Maven Central, then repeat; "
        "or set SOLDWIRE_KAFKA to a running broker",
    )


def _is_good(root: Path, jar: Jar) -> bool:
    path = root / jar.path
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256


@contextmanager
def _only_one_process(root: Path) -> Iterator[None]:
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

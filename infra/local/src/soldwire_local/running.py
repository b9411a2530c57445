"""Where a runtime that is up now can be reached, for commands run beside it."""

from pathlib import Path

from soldwire_local import given, keys, lock, postgres, services
from soldwire_local.environment import Environment
from soldwire_local.errors import LocalError
from soldwire_local.ports import HOST, Ports

STORES = {"kafka", "kafka-controller", "postgres"}


def environment(data: Path | None = None, *, new_secret: bool = False) -> Environment:
    """Addresses and secret of the runtime on this data folder; raises LocalError when none is up.

    SOLDWIRE_KAFKA, SOLDWIRE_POSTGRES and SOLDWIRE_URL_<SERVICE> win over what the folder remembers. Both stores, or
    any service, given so are enough without a runtime. `new_secret` makes one where the folder has none yet.
    """
    folder = data or services.data_folder()
    bus, store, urls = given.kafka(), given.postgres(), given.urls()
    up = lock.holder(folder) is not None
    if not (up or (bus and store) or urls):
        raise LocalError(f"nothing runs on {folder}", remedy="start it with `soldwire up` or `make demo`")
    known = Ports(folder / "ports.json").known() if up else {}
    secret = keys.load(folder) if new_secret else keys.known(folder)
    return Environment(
        kafka=bus or f"{HOST}:{known.get('kafka', 0)}",
        postgres=store or postgres.address(keys.password(secret, postgres.ADMIN), known.get("postgres", 0)),
        secret=secret,
        urls={**_remembered(known), **urls},
    )


def kafka() -> str:
    """Bootstrap servers: those given, else the runtime's; raises LocalError when there are none."""
    return given.kafka() or environment().kafka


def _remembered(known: dict[str, int]) -> dict[str, str]:
    return {name: f"http://{HOST}:{port}" for name, port in known.items() if name not in STORES}

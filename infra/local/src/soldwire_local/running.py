"""Where a runtime that is up now can be reached, for commands run beside it."""

import os
from pathlib import Path

from soldwire_local import keys, lock, postgres, services
from soldwire_local.environment import Environment
from soldwire_local.errors import LocalError
from soldwire_local.ports import HOST, Ports


def environment(data: Path | None = None) -> Environment:
    """Addresses and secret of the runtime on this data folder; raises LocalError when none is up.

    SOLDWIRE_KAFKA, SOLDWIRE_POSTGRES and SOLDWIRE_URL_<SERVICE> win over what the folder remembers.
    """
    folder = data or services.data_folder()
    if lock.holder(folder) is None and not {"SOLDWIRE_KAFKA", "SOLDWIRE_POSTGRES"} <= os.environ.keys():
        raise LocalError(f"nothing runs on {folder}", remedy="start it with `soldwire up` or `make demo`")
    known = Ports(folder / "ports.json").known()
    secret = keys.load(folder)
    return Environment(
        kafka=os.environ.get("SOLDWIRE_KAFKA") or f"{HOST}:{known.get('kafka', 0)}",
        postgres=os.environ.get("SOLDWIRE_POSTGRES") or _dsn(secret, known.get("postgres", 0)),
        secret=secret,
        urls={**_remembered(known), **_given()},
    )


def _dsn(secret: bytes, port: int) -> str:
    return postgres.address(keys.password(secret, postgres.ADMIN), port)


def _remembered(known: dict[str, int]) -> dict[str, str]:
    stores = {"kafka", "kafka-controller", "postgres"}
    return {name: f"http://{HOST}:{port}" for name, port in known.items() if name not in stores}


def _given() -> dict[str, str]:
    prefix = "SOLDWIRE_URL_"
    return {
        name.removeprefix(prefix).lower().replace("_", "-"): url
        for name, url in os.environ.items()
        if name.startswith(prefix)
    }

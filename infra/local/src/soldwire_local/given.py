"""Addresses that somebody gave in the environment instead of what the runtime starts itself."""

import os
from urllib.parse import urlsplit

from aiokafka.conn import get_ip_port_afi

from soldwire_local.errors import LocalError

URL_PREFIX = "SOLDWIRE_URL_"


def kafka() -> str | None:
    """SOLDWIRE_KAFKA's bootstrap servers; raises LocalError for what can't be one."""
    value = os.environ.get("SOLDWIRE_KAFKA")
    if not value:
        return None
    try:
        hosts = [get_ip_port_afi(part)[0] for part in value.split(",")]
    except ValueError as error:
        raise _wrong("SOLDWIRE_KAFKA", value, "host:port, several joined by commas") from error
    if not all(hosts):
        raise _wrong("SOLDWIRE_KAFKA", value, "host:port, several joined by commas")
    return value


def postgres() -> str | None:
    """SOLDWIRE_POSTGRES's DSN of an administrator; raises LocalError, without its password, for what can't be one."""
    value = os.environ.get("SOLDWIRE_POSTGRES")
    if not value:
        return None
    parts = urlsplit(value)
    shown = value.rpartition("@")[2]
    wanted = "postgresql://user:password@host:port/database"
    if parts.scheme not in ("postgresql", "postgres"):
        raise _wrong("SOLDWIRE_POSTGRES", shown, wanted)
    try:
        _ = parts.port
    except ValueError as error:
        raise _wrong("SOLDWIRE_POSTGRES", shown, wanted) from error
    return value


def urls() -> dict[str, str]:
    """Services' addresses by name: SOLDWIRE_URL_SALES_LEDGER is sales-ledger's."""
    return {
        name.removeprefix(URL_PREFIX).lower().replace("_", "-"): url
        for name, url in os.environ.items()
        if name.startswith(URL_PREFIX) and url
    }


def _wrong(name: str, value: str, wanted: str) -> LocalError:
    return LocalError(f"{name} is no address: {value!r}", remedy=f"it is {wanted}; or unset it")

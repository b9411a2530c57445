"""The variables a service reads: one place that says what each of them holds."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from soldwire_local import keys
from soldwire_local.provision import service_database

# The administrator's address stays with the runtime: services know their own three roles only.
NOT_PASSED_ON = ("SOLDWIRE_POSTGRES",)


@dataclass(frozen=True)
class Environment:
    """Where everything is: brokers, the administrator's DSN, the secret, and every service's HTTP address."""

    kafka: str
    postgres: str
    secret: bytes
    urls: Mapping[str, str] = field(default_factory=dict)
    name: str = "local"
    extra: Mapping[str, str] = field(default_factory=dict)

    def service_environment(self, service: str, ordinal: int = 0) -> dict[str, str]:
        """All `SOLDWIRE_*` variables of one replica of a service."""
        own = urlsplit(self.urls[service]) if service in self.urls else None
        return {
            **{url_variable(name): url for name, url in self.urls.items()},
            **self.extra,
            **service_database(self.postgres, self.secret, service).environment(),
            "SOLDWIRE_ENV": self.name,
            "SOLDWIRE_KAFKA": self.kafka,
            "SOLDWIRE_SECRET": keys.token_secret(self.secret),
            "SOLDWIRE_SEAL_KEYS": keys.seal_keys(self.secret),
            "SOLDWIRE_HTTP_HOST": (own and own.hostname) or "127.0.0.1",
            "SOLDWIRE_HTTP_PORT": str((own and own.port) or 0),
            "SOLDWIRE_ORDINAL": str(ordinal),
        }


def url_variable(service: str) -> str:
    """`SOLDWIRE_URL_SALES_LEDGER` for `sales-ledger`."""
    return f"SOLDWIRE_URL_{service.upper().replace('-', '_')}"


def for_process(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's own environment with the given variables over it, ready for a child."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    return {**inherited, "PYTHONUNBUFFERED": "1", **variables}

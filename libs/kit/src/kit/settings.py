"""Settings every service has, read once from `SOLDWIRE_*` variables."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Addresses, credentials and identity of one running process.

    The three PostgreSQL addresses are one database under three roles: `owner` migrates, `bus` is the process's
    own, `request` serves people under one tenant's row-level security.
    """

    model_config = SettingsConfigDict(env_prefix="SOLDWIRE_", extra="ignore", frozen=True)

    env: str = "local"
    kafka: str = "127.0.0.1:9092"
    postgres_owner: str = ""
    postgres_bus: str
    postgres_request: str = ""
    secret: SecretStr = Field(min_length=32)
    """Signs and checks the tokens between services: a short one could be guessed, and whoever knows it is any caller."""
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    ordinal: int = 0
    """Replica number: with the consumer group it makes the static member id."""
    log_level: str = "INFO"
    otlp: str | None = None
    traces_file: Path | None = None
    pool_size: int = 8
    relay_batch: int = 500
    batch_records: int = 500
    stuck_after_seconds: float = 60.0

    def url_of(self, service: str) -> str:
        """Base address of another service's HTTP, from `SOLDWIRE_URL_<SERVICE>`; raises LookupError if unset."""
        name = f"SOLDWIRE_URL_{service.upper().replace('-', '_')}"
        address = os.environ.get(name)
        if not address:
            raise LookupError(f"{name} is not set: this service needs the address of {service}")
        return address.rstrip("/")

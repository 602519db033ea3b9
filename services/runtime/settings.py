"""Settings that every service shares: from the environment only, each with a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


def _readable(dsn: SecretStr) -> SecretStr:
    """What libpq could not read it would quote in its complaint, password included."""
    try:
        conninfo_to_dict(dsn.get_secret_value())
    except ProgrammingError:
        raise ValueError("this is no libpq URI") from None
    return dsn


Dsn = Annotated[SecretStr, AfterValidator(_readable)]


class ServiceSettings(BaseSettings):
    """What any process needs; a service adds its own with `env_prefix` set to its name."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    host: str = Field("127.0.0.1", description="Address on which the service's own HTTP port listens.")
    port: int = Field(0, description="The service's own HTTP port; 0 lets the system choose one.")
    public_url: str = Field(
        "http://localhost:8080",
        validation_alias="PUBLIC_URL",
        description="Where customers reach the platform; the start of every private link.",
    )
    log_level: str = Field(
        "INFO", validation_alias="LOG_LEVEL", description="Least severity that is logged, one JSON line each."
    )
    trace_ratio: float = Field(
        0.01,
        ge=0,
        le=1,
        validation_alias="TRACE_RATIO",
        description="Share of requests without a sampled parent that are traced.",
    )
    trace_file: Path | None = Field(
        None, validation_alias="TRACE_FILE", description="File that gets finished spans, one JSON line each."
    )
    otlp_endpoint: str | None = Field(
        None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="Collector that gets finished spans over OTLP/HTTP.",
    )
    shutdown_grace_seconds: float = Field(
        20.0,
        validation_alias="SHUTDOWN_GRACE_SECONDS",
        description="How long SIGTERM waits for requests and batches in hand.",
    )


class StoreSettings(ServiceSettings):
    """What a service with tables of its own needs."""

    dsn: Dsn = Field(description="libpq URI of the service's own Postgres schema and role.")
    pool_size: int = Field(4, ge=1, description="Connections of the pool that answers requests.")


class LogSettings(StoreSettings):
    """What a service that writes to or reads from the log needs."""

    kafka_bootstrap_servers: str = Field(
        validation_alias="KAFKA_BOOTSTRAP_SERVERS", description="Brokers, host:port, separated by commas."
    )
    session_timeout_ms: int = Field(
        10_000,
        validation_alias="KAFKA_SESSION_TIMEOUT_MS",
        description="Milliseconds of silence after which a consumer's partitions move on.",
    )
    metadata_max_age_ms: int = Field(
        2_000,
        validation_alias="KAFKA_METADATA_MAX_AGE_MS",
        description="Milliseconds until a consumer looks for topics of new brands.",
    )

    @property
    def brokers(self) -> list[str]:
        """The brokers as the clients want them: a list, never one string with commas."""
        return [part.strip() for part in self.kafka_bootstrap_servers.split(",") if part.strip()]


class KeySettings(LogSettings):
    """What a service that may open personal data needs."""

    keys_dsn: Dsn = Field(
        validation_alias="KEYS_DSN", description="libpq URI of the key store, with this service's role there."
    )
    master_key_file: Path = Field(
        validation_alias="KEYS_MASTER_KEY_FILE", description="File with 32 bytes in hex that wrap every key."
    )
    attachments_url: str = Field(
        validation_alias="ATTACHMENTS_URL",
        description="Where sealed attachments lie: file:///folder or s3://bucket/prefix.",
    )
    key_cache_seconds: float = Field(
        300.0,
        le=300.0,
        validation_alias="KEYS_CACHE_SECONDS",
        description="How long an opened key is kept in memory; five minutes at most, so that erasure is real.",
    )


def faults_of(error: ValidationError, service: str) -> list[str]:
    """One line per setting that is wrong: its variable and why, never its value.

    A service's own are named after it; the shared ones are known by their variable.
    """
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    named = [(".".join(map(str, fault["loc"])), fault["msg"]) for fault in faults]
    return [f"{name if name.isupper() else f'{service}_{name}'.upper()}: {reason}" for name, reason in named]

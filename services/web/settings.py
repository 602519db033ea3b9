"""What the pages can be told from outside."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.runtime.settings import ServiceSettings


class WebSettings(ServiceSettings):
    """Settings of the public port."""

    model_config = SettingsConfigDict(env_prefix="WEB_")

    secret_file: Path = Field(description="File with at least 32 characters that sign forms and cookies.")
    intake_url: str = Field(validation_alias="INTAKE_URL", description="Where intake answers.")
    query_url: str = Field(validation_alias="QUERY_URL", description="Where query answers.")
    registry_url: str = Field(validation_alias="REGISTRY_URL", description="Where the registry answers.")
    trusted_proxies: int = Field(
        0, ge=0, le=8, description="How many proxies in front write X-Forwarded-For; 0 ignores that header."
    )
    writes_per_minute: int = Field(30, ge=1, description="Forms that one address may send in a minute.")
    api_writes_per_minute: int = Field(600, ge=1, description="API writes that one address may send in a minute.")
    body_bytes: int = Field(
        12 * 1024 * 1024,
        description="Largest body that is passed on; above what any owner takes, so that owners decide.",
    )
    upload_bytes: int = Field(16 * 1024 * 1024, description="Largest form that is read to its end.")
    file_bytes: int = Field(
        4 * 1024 * 1024, description="Largest file of a form that is kept; of a larger one the name is kept only."
    )
    read_seconds: float = Field(5.0, gt=0, description="How long a page waits for what it shows.")
    write_seconds: float = Field(15.0, gt=0, description="How long a page waits for what it sends.")
    gateway_seconds: float = Field(30.0, gt=0, description="How long the gateway waits for an owner's next byte.")
    first_look_seconds: float = Field(
        1.5, gt=0, description="How long the page after a success waits for the record before it shows the number."
    )

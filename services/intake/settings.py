"""Intake's knobs."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.runtime.settings import KeySettings


class IntakeSettings(KeySettings):
    """Read from INTAKE_* and the shared variables."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_", frozen=True, extra="ignore", populate_by_name=True)

    body_bytes: int = Field(
        64 * 1024 * 1024,
        gt=0,
        description="Bytes of all request bodies in hand at once; past it 503. Each is in memory a few times.",
    )

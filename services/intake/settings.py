"""Intake's knobs."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from services.runtime.settings import KeySettings


class IntakeSettings(KeySettings):
    """Read from INTAKE_* and the shared variables."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_", frozen=True, extra="ignore", populate_by_name=True)

"""Query's knobs."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from services.runtime.settings import KeySettings


class QuerySettings(KeySettings):
    """Read from QUERY_* and the shared variables; its role in the key store may only read."""

    model_config = SettingsConfigDict(env_prefix="QUERY_", frozen=True, extra="ignore", populate_by_name=True)

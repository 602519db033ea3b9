"""The registry's knobs."""

from __future__ import annotations

from pydantic import DirectoryPath, Field, FilePath
from pydantic_settings import SettingsConfigDict

from services.runtime.settings import LogSettings


class RegistrySettings(LogSettings):
    """Read from REGISTRY_* and the shared variables."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", frozen=True, extra="ignore", populate_by_name=True)

    brands_dir: DirectoryPath = Field(description="Folder with one sub-folder per brand: what is published.")
    admin_key_file: FilePath = Field(
        description="File with the key that may list brands, issue and revoke API keys: 32 characters at least."
    )
    topic_partitions: int = Field(
        3,
        ge=1,
        le=100,
        validation_alias="TOPIC_PARTITIONS",
        description="Partitions of a new brand's ticket topics; those of a topic that exists never change.",
    )
    topic_replication: int = Field(
        1,
        ge=1,
        le=10,
        validation_alias="TOPIC_REPLICATION",
        description="Copies of a new topic; with three, two must have a write before it is acknowledged.",
    )

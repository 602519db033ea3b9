"""Settings: from the environment only, each with a sentence, secrets never shown."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from services.runtime.settings import KeySettings, ServiceSettings, faults_of

GIVEN = {
    "TOY_DSN": "postgresql://toy:hush@127.0.0.1/phieu",
    "TOY_PORT": "8123",
    "KAFKA_BOOTSTRAP_SERVERS": "one:9092, two:9092,",
    "KEYS_DSN": "postgresql://keys:hush@127.0.0.1/keys",
    "KEYS_MASTER_KEY_FILE": "/run/master.key",
    "ATTACHMENTS_URL": "file:///objects",
}


class ToySettings(KeySettings):
    """As a service declares its own."""

    model_config = SettingsConfigDict(env_prefix="TOY_", frozen=True, extra="ignore", populate_by_name=True)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("given")
def test_a_service_reads_its_own_and_the_shared_variables() -> None:
    found = ToySettings()
    assert (found.port, found.keys_dsn.get_secret_value()) == (8123, GIVEN["KEYS_DSN"])
    assert found.dsn.get_secret_value() == GIVEN["TOY_DSN"]


@pytest.mark.usefixtures("given")
def test_brokers_are_a_list() -> None:
    assert ToySettings().brokers == ["one:9092", "two:9092"]


@pytest.mark.usefixtures("given")
def test_passwords_are_not_shown() -> None:
    assert "hush" not in repr(ToySettings())


@pytest.mark.usefixtures("given")
def test_a_key_is_kept_five_minutes_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYS_CACHE_SECONDS", "301")
    with pytest.raises(ValidationError):
        ToySettings()


def test_what_is_missing_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValidationError, match="KAFKA_BOOTSTRAP_SERVERS"):
        ToySettings()


@pytest.mark.usefixtures("given")
@pytest.mark.parametrize("dsn", ["postgresql//toy:hush@127.0.0.1/phieu", "postgresql://toy:hu%sh@127.0.0.1/phieu"])
def test_what_is_wrong_is_named_and_not_quoted(monkeypatch: pytest.MonkeyPatch, dsn: str) -> None:
    monkeypatch.setenv("TOY_DSN", dsn)
    monkeypatch.setenv("TOY_PORT", "hush")
    monkeypatch.delenv("KEYS_DSN")
    with pytest.raises(ValidationError) as raised:
        ToySettings()
    assert "hu" not in str(raised.value)
    assert faults_of(raised.value, "toy") == [
        "TOY_PORT: Input should be a valid integer, unable to parse string as an integer",
        "TOY_DSN: Value error, this is no libpq URI",
        "KEYS_DSN: Field required",
    ]


@pytest.mark.parametrize("settings", [ServiceSettings, KeySettings])
def test_every_setting_says_what_it_is(settings: type[ServiceSettings]) -> None:
    for name, found in settings.model_fields.items():
        assert found.description, name
        assert found.description.endswith(".")


@pytest.mark.parametrize(("name", "value"), [("TRACE_RATIO", "1.5"), ("TRACE_RATIO", "-1")])
def test_a_share_is_between_nothing_and_all(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        ServiceSettings()

"""Rebuilt equals live: every service folds its tables again from what is durable, beside its own running self."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.stack import Stack
from tests.e2e.customer import FIELDS, Customer, Program, Sent, visitor
from tests.e2e.rebuilt import dump, faults_of_rebuild, services_with_tables

BRAND = "congsoxanh"
SERVICES = sorted(path.parent.name for path in Path("services").glob("*/store.py"))


@pytest.fixture(scope="module")
def lived(platform: Stack) -> Sent:
    """Some life: a plain ticket, one with messages and files, one of a person who was erased."""
    with visitor(platform) as http:
        customer, program = Customer(http, BRAND), Program(platform, http, BRAND)
        gone = customer.send(FIELDS | {"email": "di@example.vn"}, ("di.txt", b"di"))
        gone = customer.add(gone, "Cho tôi đi.")
        customer.mine(customer.send())
        long = customer.send(file=("một.txt", b"1"))
        long = customer.add(customer.add(long, "Hai.", ("hai.txt", b"2")), "Ba.")
        assert gone.ticket_id in program.erase("di@example.vn")
        customer.mine(Sent(ticket_id=gone.ticket_id, token=gone.token, read_token=f"intake/3/{gone.ticket_id}"))
        customer.mine(long)
    return long


def test_every_service_that_stores_is_among_them(platform: Stack) -> None:
    assert services_with_tables(platform) == SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_rebuilt_equals_live_and_life_goes_on(platform: Stack, lived: Sent, service: str) -> None:
    assert all(dump(platform, service).values())
    assert faults_of_rebuild(platform, service) == []
    with visitor(platform) as http:
        customer = Customer(http, BRAND)
        contents = [message["content"] for message in customer.mine(lived)["messages"]]
        assert contents == [FIELDS["content"], "Hai.", "Ba."]
        assert customer.mine(customer.add(customer.send(), "Vẫn chạy."))["messages"][1]["content"] == "Vẫn chạy."
    assert platform.dead == []

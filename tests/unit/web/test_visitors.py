"""An address is what a proxy of ours says, or the peer; never what a visitor claims."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from services.web.adapters.visitors import Visitors, address_of, grouped


def request(peer: str = "203.0.113.9", *forwarded: str) -> Request:
    """A request from a peer, with X-Forwarded-For lines."""
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return Request({"type": "http", "headers": headers, "client": (peer, 1)})


def test_without_a_trusted_proxy_the_header_is_ignored() -> None:
    assert address_of(request("203.0.113.9", "198.51.100.1"), 0) == "203.0.113.9"


def test_one_proxy_is_believed_about_its_own_visitor_only() -> None:
    assert address_of(request("10.0.0.1", "1.1.1.1, 198.51.100.1"), 1) == "198.51.100.1"


def test_two_proxies_are_counted_from_the_right_over_all_lines() -> None:
    assert address_of(request("10.0.0.1", "1.1.1.1, 198.51.100.1", "10.0.0.2"), 2) == "198.51.100.1"


def test_fewer_entries_than_proxies_give_the_outermost() -> None:
    assert address_of(request("10.0.0.1", "198.51.100.1"), 3) == "198.51.100.1"


def test_a_proxy_that_says_nothing_is_the_visitor() -> None:
    assert address_of(request("10.0.0.1"), 1) == "10.0.0.1"


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("198.51.100.1", "198.51.100.1"),
        ("<script>", "unknown"),
        ("", "unknown"),
    ],
)
def test_addresses_are_grouped_by_who_can_hold_them(text: str, group: str) -> None:
    assert grouped(text) == group


def test_a_neighbour_of_a_busy_address_may_go_on() -> None:
    visitors = Visitors(trusted_proxies=0, page_writes=2, api_writes=1)
    assert [visitors.may_write(request(), "page") for _ in range(3)] == [True, True, False]
    assert visitors.may_write(request(), "api")
    assert visitors.may_write(request("203.0.113.10"), "page")


def test_one_ipv6_network_shares_one_limit() -> None:
    visitors = Visitors(trusted_proxies=0, page_writes=1, api_writes=1)
    assert visitors.may_write(request("2001:db8::1"), "page")
    assert not visitors.may_write(request("2001:db8::2"), "page")

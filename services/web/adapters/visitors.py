"""Who is asking, as far as limits need it: the client's address, and how often it may write."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection

RETRY_SECONDS = 60


def address_of(request: HTTPConnection, trusted_proxies: int) -> str:
    """The address a limit counts by: the entry our outermost trusted proxy wrote; for IPv6 its /64."""
    peer = request.client.host if request.client else ""
    if not trusted_proxies:
        return grouped(peer)
    lines = request.headers.getlist("x-forwarded-for")
    hops = [hop.strip() for line in lines for hop in line.split(",") if hop.strip()]
    return grouped(hops[-min(trusted_proxies, len(hops))] if hops else peer)


def grouped(text: str) -> str:
    """An IPv4 address as it is, an IPv6 address as its /64; one group for what is no address."""
    try:
        address = ip_address(text)
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address.packed, 64), strict=False))


class Visitors:
    """Counts writes per address, in this process' memory only; addresses are never logged."""

    def __init__(self, *, trusted_proxies: int, page_writes: int, api_writes: int) -> None:
        self.trusted_proxies = trusted_proxies
        self.limits = {
            "page": RateLimitItemPerMinute(page_writes),
            "api": RateLimitItemPerMinute(api_writes),
        }
        self.limiter = MovingWindowRateLimiter(MemoryStorage())

    def may_write(self, request: HTTPConnection, kind: str) -> bool:
        """Whether one more write of this kind fits into the address' minute; it is counted if so."""
        return self.limiter.hit(self.limits[kind], kind, address_of(request, self.trusted_proxies))

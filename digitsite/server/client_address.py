"""The network that a request comes from: the requests of one network share their limits."""

import ipaddress
from collections.abc import Mapping
from typing import Any

# The length of an IPv6 network: one connection has all addresses with the same prefix.
NETWORK_BITS = 64


def client_network(environ: Mapping[str, Any], *, proxies: int) -> str:
    """The address that a request comes from; for IPv6, its network. `environ`: WSGI's. Each of the
    `proxies` in front of the site adds the address of its client to X-Forwarded-For."""
    asked_by = [one.strip() for one in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    named = asked_by[-min(proxies, len(asked_by))] if proxies else ""
    return _network_of(named or environ.get("REMOTE_ADDR", ""))


def _network_of(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # a proxy may add a port, or text of its own
        return address
    if not isinstance(found, ipaddress.IPv6Address):
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found.packed, NETWORK_BITS), strict=False))

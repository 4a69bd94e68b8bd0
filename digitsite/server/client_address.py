"""The network that a request comes from: the requests of one network share their limits."""

import ipaddress
import logging
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

log = logging.getLogger(__name__)

# The length of an IPv6 network: one connection has all addresses with the same prefix.
NETWORK_BITS = 64
# Some proxies add the port, which is another one for each connection.
_WITH_PORT = re.compile(r"([\d.]+):\d+|\[([\da-f:.]+)\](?::\d+)?", re.IGNORECASE)


def client_network(environ: Mapping[str, Any], *, proxies: int) -> str:
    """The address that a request comes from; for IPv6, its network. `environ`: WSGI's. Each of the
    `proxies` in front of the site adds the address of its client to X-Forwarded-For."""
    if not proxies and "HTTP_X_FORWARDED_FOR" in environ and _is_near(environ):
        _warn_of_proxy()
    asked_by = [one.strip() for one in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    named = asked_by[-min(proxies, len(asked_by))] if proxies else ""
    return network_of(named or environ.get("REMOTE_ADDR", ""))


def _is_near(environ: Mapping[str, Any]) -> bool:
    """Whether it comes from this machine or a private network, as from a proxy of the site's."""
    try:
        return ipaddress.ip_address(environ.get("REMOTE_ADDR", "")).is_private
    except ValueError:
        return False


@cache  # once per process
def _warn_of_proxy() -> None:
    log.warning(
        "A request came through a proxy, but PROXIES is 0: all who come through it share the "
        "limits of one address. Set PROXIES to the number of proxies in front of the site."
    )


def network_of(address: str) -> str:
    """The address itself, without a port; of an IPv6 address, its network."""
    if with_port := _WITH_PORT.fullmatch(address):
        address = with_port[1] or with_port[2]
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # a proxy may write text of its own
        return address
    if not isinstance(found, ipaddress.IPv6Address):
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found.packed, NETWORK_BITS), strict=False))

"""Tests whose a request is."""

import pytest

from digitsite.server import client_address
from digitsite.server.client_address import client_network


@pytest.mark.parametrize(
    ("address", "forwarded", "proxies", "network"),
    [
        ("1.2.3.4", "", 0, "1.2.3.4"),
        ("1.2.3.4", "5.6.7.8", 0, "1.2.3.4"),
        ("1.2.3.4", "9.9.9.9, 5.6.7.8", 1, "5.6.7.8"),
        ("1.2.3.4", "9.9.9.9, 5.6.7.8", 2, "9.9.9.9"),
        ("1.2.3.4", "5.6.7.8", 2, "5.6.7.8"),
        ("1.2.3.4", "", 1, "1.2.3.4"),
        ("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::/64"),
        ("::ffff:1.2.3.4", "", 0, "1.2.3.4"),
        ("1.2.3.4", "unknown", 1, "unknown"),
        ("1.2.3.4", "5.6.7.8:43210", 1, "5.6.7.8"),
        ("1.2.3.4", "[2001:db8:1:2::6]:43210", 1, "2001:db8:1:2::/64"),
        ("1.2.3.4", "[2001:db8:1:2::6]", 1, "2001:db8:1:2::/64"),
    ],
)
def test_whose_a_request_is(address, forwarded, proxies, network):
    environ = {"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": forwarded}
    assert client_network(environ, proxies=proxies) == network


@pytest.mark.parametrize(
    ("address", "forwarded", "proxies", "warnings"),
    [
        ("127.0.0.1", "5.6.7.8", 0, 1),
        ("10.0.0.2", "5.6.7.8", 0, 1),
        ("1.2.3.4", "5.6.7.8", 0, 0),  # whoever asks may send the header
        ("127.0.0.1", "5.6.7.8", 1, 0),
        ("127.0.0.1", None, 0, 0),
    ],
)
def test_a_proxy_that_the_settings_do_not_name_is_warned_of_once(
    caplog, address, forwarded, proxies, warnings
):
    client_address._warn_of_proxy.cache_clear()
    header = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    for _ in range(2):
        client_network({"REMOTE_ADDR": address, **header}, proxies=proxies)
    assert caplog.text.count("Set PROXIES") == warnings

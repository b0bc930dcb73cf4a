"""The announcement of the OSC port, found by another mDNS client."""

import socket
import threading
import time

import pytest

from daemon.gateway.osc.announcing import SERVICE, addresses, announce
from tests import needs

zeroconf = needs.library("zeroconf")


def _own_address() -> str:
    """Return an address of this machine that others reach, or skip."""
    mine = addresses()
    if not mine:
        pytest.skip("this machine has no network")
    return mine[0]


def test_an_open_port_is_found_by_its_name() -> None:
    host = _own_address()
    name = f"edmd {socket.gethostname().partition('.')[0]}.{SERVICE}"
    try:
        network = zeroconf.Zeroconf()
    except OSError as error:
        pytest.skip(f"multicast does not work here: {error}")
    end = announce(host, 5574)
    try:
        deadline, found = time.monotonic() + 15, None
        while found is None and time.monotonic() < deadline:
            found = network.get_service_info(SERVICE, name, timeout=500)
        if found is None:
            pytest.skip("multicast does not work here")
        assert (found.port, found.parsed_addresses()) == (5574, [host])
    finally:
        end()
        network.close()


def test_a_loopback_port_is_not_announced() -> None:
    before = threading.enumerate()
    announce("127.0.0.1", 5574)()
    assert not {each for each in threading.enumerate() if each.name == "mdns"} - {*before}

"""Addresses: how they are written, bound and named."""

import socket

import pytest

from kmip_server.transport.listening import address_of, bind, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:5696", ("127.0.0.1", 5696)),
        ("[::1]:0", ("::1", 0)),
        ("[::]:65535", ("::", 65535)),
        ("kmip.example:5696", ("kmip.example", 5696)),
    ],
)
def test_addresses_that_are_read(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "127.0.0.1", ":5696", "::1:5696", "host:", "host:x", "host:65536", "host:-1", "h:²"]
)
def test_addresses_that_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"brackets|no address"):
        parse_address(text)


def test_port_0_is_any_free_port_and_accepted_sockets_do_not_wait_for_acks() -> None:
    (listener,) = bind([("127.0.0.1", 0)])
    host, port = address_of(listener)
    assert (host, port > 0) == ("127.0.0.1", True)
    with socket.create_connection((host, port)):
        listener.setblocking(True)
        accepted, _ = listener.accept()
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        accepted.close()
    listener.close()


def test_both_families_may_have_the_same_port() -> None:
    (four,) = bind([("127.0.0.1", 0)])
    (six,) = bind([("::", four.getsockname()[1])])
    assert address_of(six) == ("::", four.getsockname()[1])
    four.close()
    six.close()


def test_a_port_in_use_is_named_and_nothing_stays_bound() -> None:
    (first,) = bind([("127.0.0.1", 0)])
    taken = first.getsockname()[1]
    probe = socket.socket()
    probe.bind(("127.0.0.1", 0))
    free = probe.getsockname()[1]
    probe.close()
    with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1 port {taken}"):
        bind([("127.0.0.1", free), ("127.0.0.1", taken)])
    (again,) = bind([("127.0.0.1", free)])
    again.close()
    first.close()

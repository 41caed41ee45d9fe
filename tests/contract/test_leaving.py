"""Leaving: a server that is asked to stop answers whoever has asked, takes nobody new, and loses nothing."""

from __future__ import annotations

import socket
import sys

import pytest

from dinghuo.leaving import hold_back
from kit.postgres import Server
from kit.programmes import find_no_lie, on


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The options that name a database, and how many processes serve it."""
    if request.param == "sqlite":
        return ("--database", "sqlite", "--workers", "1")
    server: Server = request.getfixturevalue("postgres")
    return (*on(server, "leaving"), "--workers", "2")


def test_it_loses_no_request(database: tuple[str, ...]) -> None:
    find_no_lie("programmes.shutdown", "--rounds", "1", "--clients", "30", *database)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can hold connections back")
def test_it_accepts_who_has_come_and_holds_back_who_comes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        before = socket.create_connection(door.getsockname(), timeout=5)
        hold_back([door])
        with pytest.raises(TimeoutError):
            socket.create_connection(door.getsockname(), timeout=0.2)
        inside, _ = door.accept()
        with before, inside:
            before.sendall(b"asked")
            assert inside.recv(5) == b"asked"
        door.setblocking(False)
        with pytest.raises(BlockingIOError):
            door.accept()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can hold connections back")
def test_it_lets_in_who_is_in_the_middle_of_connecting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(5)
        # So the system waits with what ends the handshake until something is said.
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 5)
        with socket.create_connection(door.getsockname(), timeout=5) as half:
            hold_back([door])
            half.sendall(b"asked")
            inside, _ = door.accept()
            with inside:
                assert inside.recv(5) == b"asked"
                half.sendall(b"again")
                assert inside.recv(5) == b"again"

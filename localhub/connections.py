"""The sockets of a server: where it listens, and the connections it has, so that a fault can break one."""

import asyncio
import ipaddress
import socket
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]


class Connections:
    """The connections that are open, by the client's address."""

    def __init__(self) -> None:
        self._open: dict[Address, asyncio.Transport] = {}

    def cut(self, client: Address) -> None:
        """Close a connection once what was sent has left."""
        transport = self._open.get(client)
        if transport is not None:
            transport.close()

    def protocol(self) -> type[H11Protocol]:
        """The protocol of uvicorn, which also notes each connection here."""
        connections = self._open

        class Protocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn's own type
                joined: Any = _Joined(transport)
                super().connection_made(joined)
                self._peer: Any = transport.get_extra_info("peername")[:2]
                connections[self._peer] = joined

            def connection_lost(self, exc: Exception | None) -> None:
                connections.pop(self._peer, None)
                super().connection_lost(exc)

        return Protocol


class _Joined:
    """A transport that sends an answer's head and body, which are written one after the other, as one packet.

    A call of the system for each takes longer than everything else that answering a small request does.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport, self._waiting = transport, bytearray()

    def write(self, data: bytes) -> None:
        """Send `data` before anything else happens in the event loop."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting += data

    def close(self) -> None:
        """Close once everything has left."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._waiting and not self._transport.is_closing():
            self._transport.write(bytes(self._waiting))
        self._waiting.clear()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises:
        OSError: that is no address of this machine, or it is taken; its ``filename`` is ``host:port``.
    """
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it each answer takes 40 ms more.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from error
    return listener

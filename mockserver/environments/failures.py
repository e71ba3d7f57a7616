"""Failures: why nothing came back from a server, in words a person can act upon."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx


class Failure(Exception):
    """No reply, and why. `again` tells whether a second try may do better."""

    def __init__(self, words: str, *, again: bool = False) -> None:
        super().__init__(words)
        self.again = again


def failure(error: Exception, host: str, seconds: float) -> Failure:
    """What an error of the HTTP library means. `host` is whom it was said to, `seconds` the time-out."""
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return Failure(f"{host} did not accept a connection within {seconds:g} s")
    if isinstance(error, httpx.TimeoutException):
        return Failure(f"{host} did not answer within {seconds:g} s")
    if isinstance(error, httpx.ProxyError):
        return Failure(f"the proxy on the way to {host} refused: {error}")
    if isinstance(error, httpx.ConnectError):
        return _unconnected(error, host)
    if isinstance(error, httpx.LocalProtocolError | UnicodeEncodeError):
        return Failure(f"the request cannot be written as HTTP: {error}")
    if isinstance(error, httpx.DecodingError):
        return Failure(f"{host} sent a body that is not coded as its Content-Encoding says: {error}")
    if isinstance(error, httpx.RemoteProtocolError):
        if "disconnected" in str(error) or "closed connection" in str(error):
            return Failure(f"{host} closed the connection before the reply was complete", again=True)
        return Failure(f"{host} does not speak HTTP: {error}")
    if isinstance(error, httpx.NetworkError):
        return Failure(f"the connection to {host} broke: {str(error) or type(error).__name__}", again=True)
    return Failure(f"the request to {host} failed: {str(error) or type(error).__name__}")


def _unconnected(error: Exception, host: str) -> Failure:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Failure(f"the certificate of {host} is not trusted: {cause.verify_message}")
        if isinstance(cause, ssl.SSLError):
            return Failure(f"TLS with {host} failed: {cause.reason or cause}")
        if isinstance(cause, socket.gaierror):
            return Failure(f"the name {host.rpartition(':')[0] or host} cannot be resolved")
        if isinstance(cause, ConnectionRefusedError):
            return Failure(f"{host} refuses connections", again=True)
    return Failure(f"{host} cannot be reached: {error}", again=True)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

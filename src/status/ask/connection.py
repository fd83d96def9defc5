"""A connection that is there by a moment, whatever the name look-up, the network or TLS do."""

from __future__ import annotations

from .http import left_s

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket


def connected(host: str, port: int, unix: str | None, until: float) -> socket.socket:
    """A connection to the host, or to the Unix socket where one is named; TimeoutError when that takes too long."""
    import socket

    if unix is not None:
        return _connection(socket.AF_UNIX, unix, left_s(until))
    addresses = _addresses(host, port, until)
    while True:
        family, *_, address = addresses.pop(0)
        try:
            # One that does not answer leaves the others their time.
            return _connection(family, address, left_s(until) / (len(addresses) + 1))
        except OSError:
            if not addresses:
                raise


def _connection(family: int, address: object, timeout_s: float) -> socket.socket:
    import socket

    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_s)
        connection.connect(address)  # type: ignore[arg-type] # as getaddrinfo has it
    except BaseException:
        connection.close()
        raise
    return connection


def _addresses(host: str, port: int, until: float) -> list[tuple[int, int, int, str, object]]:
    import _thread
    import socket

    name = host.encode()  # not as text, for which Python would load its tables of international names
    try:
        return list(socket.getaddrinfo(name, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST))
    except OSError:
        pass
    # Nothing bounds a look-up: it is left behind when it takes too long.
    found: list[tuple[int, int, int, str, object]] = []
    errors: list[OSError] = []
    over = _thread.allocate_lock()
    over.acquire()

    def look_up() -> None:
        try:
            found.extend(socket.getaddrinfo(name, port, 0, socket.SOCK_STREAM))
        except OSError as error:
            errors.append(error)
        finally:
            over.release()

    _thread.start_new_thread(look_up, ())
    if not over.acquire(timeout=left_s(until)):
        raise TimeoutError
    if errors:
        raise errors[0]
    return found


def encrypted(connection: socket.socket, name: str, insecure: bool, until: float) -> socket.socket:
    import ssl  # takes longer than all the rest

    context = ssl.create_default_context()
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    connection.settimeout(left_s(until))  # of the handshake as a whole
    return context.wrap_socket(connection, server_hostname=name)

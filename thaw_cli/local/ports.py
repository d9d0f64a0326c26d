"""Free ports on loopback."""

import random
import socket

LOOPBACK = "127.0.0.1"
# Below the range from which Linux takes the ports of outgoing connections (32768 and up), so that none of those takes
# the port before the server does. Picked at random, so that two clouds that start together do not meet.
_RANGE = range(15000, 32768)


def free_port() -> int:
    """A TCP port on which nothing listens on loopback."""
    while True:
        port = random.choice(_RANGE)  # noqa: S311 - not a secret
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port


def listens(port: int) -> bool:
    """Whether something takes connections on a port of loopback."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=5).close()
    except OSError:
        return False
    return True

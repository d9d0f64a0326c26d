"""Draws from everything that must not give the same value in two environments of one image.

Everything has been drawn from at module level, so that each generator has a state before the memory is left.
"""

import random
import secrets
import ssl
import tempfile
import uuid
from collections.abc import Callable

import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec

own = random.Random()  # noqa: S311 - no secret
generator = np.random.default_rng()


def temporary_name() -> str:
    """The name of a file that was made and removed."""
    with tempfile.NamedTemporaryFile() as file:
        return file.name


def fresh_key() -> int:
    """The public half of a new TLS key."""
    return ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers().x


SOURCES: dict[str, Callable[[], object]] = {
    "random": random.random,
    "random.Random of the handler's own": own.random,
    "numpy.random": np.random.random,
    "numpy.random.Generator of the handler's own": generator.random,
    "uuid1": uuid.uuid1,
    "uuid4": uuid.uuid4,
    "secrets": secrets.token_hex,
    "tempfile": temporary_name,
    "ssl.RAND_bytes": lambda: ssl.RAND_bytes(16).hex(),
    "key of cryptography": fresh_key,
}

for draw in SOURCES.values():
    draw()


def handle(event: object, context: object) -> dict[str, str]:
    """One value of each source, as text."""
    return {name: str(draw()) for name, draw in SOURCES.items()}

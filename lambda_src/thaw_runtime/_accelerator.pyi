# The module that lambda_src/native/accelerator becomes in an artifact, and says what its functions do.

from _socket import socket
from typing import Any

from thaw_runtime.connection import Response

def exchange(connection: socket, head: bytes, body: bytes, /) -> Response | bytes: ...
def decode(body: bytes, /) -> Any: ...
def encode(value: object, ascii_only: bool, /) -> bytes: ...

"""Takes the snapshot beside it up many times, one after the other: ``many_starts.py TIMES`` with the event on stdin.

Runs inside the root of the snapshot, by the interpreter of the artifact, so that a start costs what it costs on Lambda.
Prints the body of each answer on a line of its own.
"""

import os
import socket
import subprocess
import sys


def receive_some(connection: socket.socket) -> bytes:
    """What has come; an error where nothing will."""
    received = connection.recv(65536)
    if not received:
        raise ConnectionError("the function hung up")
    return received


def receive(connection: socket.socket) -> bytes:
    """The body of one request."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += receive_some(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    length = [
        line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    ]
    while length and len(body) < int(length[0]):
        body += receive_some(connection)
    return body


def answered(server: socket.socket, event: bytes) -> bytes:
    """What the function answers in a new process."""
    address = f"127.0.0.1:{server.getsockname()[1]}"
    process = subprocess.Popen(["/var/task/bootstrap"], env={**os.environ, "AWS_LAMBDA_RUNTIME_API": address})
    try:
        connection, _ = server.accept()
        receive(connection)
        head = f"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 1\r\nContent-Length: {len(event)}\r\n\r\n"
        connection.sendall(head.encode() + event)
        return receive(connection)
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Answers go to stdout."""
    event = sys.stdin.buffer.read()
    for _ in range(int(sys.argv[1])):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(30)
            sys.stdout.write(answered(server, event).decode() + "\n")


main()

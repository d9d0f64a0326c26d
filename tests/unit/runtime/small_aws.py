"""S3, Parameter Store and Secrets Manager on loopback, as far as a configuration needs them; faults on request."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import Any

# As AWS names errors, with the status that goes with each.
STATUS = {
    "AccessDenied": 403,
    "AccessDeniedException": 400,
    "ResourceNotFoundException": 400,
    "NoSuchKey": 404,
}


class SmallAws(ThreadingHTTPServer):
    """What is kept, and what was asked.

    Attributes:
        objects: by ``/bucket/key``.
        parameters: by name, each with type and value.
        secrets: by name.
        faults: error codes by ``s3``, ``ssm`` and ``secretsmanager``; ``silence`` is no answer at all.
        asked: one entry for each request.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.parameters: dict[str, tuple[str, str]] = {}
        self.secrets: dict[str, str] = {}
        self.faults: dict[str, str] = {}
        self.asked: list[str] = []
        self.ended = Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def get_parameters(self, asked: dict[str, Any]) -> tuple[dict[str, Any], str]:
        known = [name for name in asked["Names"] if name in self.parameters]
        found = [
            {"Name": name, "ARN": f"arn:{name}", "Type": kind, "Value": value}
            for name in known
            for kind, value in [self.parameters[name]]
        ]
        return {"Parameters": found, "InvalidParameters": sorted({*asked["Names"]} - {*known})}, ""

    def get_secret_value(self, asked: dict[str, Any]) -> tuple[dict[str, Any], str]:
        if asked["SecretId"] not in self.secrets:
            return {}, "ResourceNotFoundException"
        return {"Name": asked["SecretId"], "SecretString": self.secrets[asked["SecretId"]]}, ""


class _Handler(BaseHTTPRequestHandler):
    server: SmallAws

    def do_GET(self) -> None:
        self.server.asked.append(f"s3 {self.path}")
        content = self.server.objects.get(self.path)
        fault = self.server.faults.get("s3") or ("" if content is not None else "NoSuchKey")
        body = f"<Error><Code>{fault}</Code><Message>no</Message></Error>".encode() if fault else content
        self._answer(fault, body or b"")

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        service = "ssm" if operation == "GetParameters" else "secretsmanager"
        self.server.asked.append(f"{service} {asked.get('SecretId') or ','.join(asked['Names'])}")
        answer = self.server.get_parameters if service == "ssm" else self.server.get_secret_value
        result, fault = answer(asked)
        fault = self.server.faults.get(service) or fault
        self._answer(fault, json.dumps({"__type": fault, "message": "no"} if fault else result).encode())

    def _answer(self, fault: str, body: bytes) -> None:
        if fault == "silence":
            self.server.ended.wait()
            return
        self.send_response(STATUS.get(fault, 200))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""

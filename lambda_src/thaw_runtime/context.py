"""What a handler gets as its second argument; the fields and forms of AWS's own Python runtime.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

import time

from thaw_runtime.codec import UnmarshalError, decode
from thaw_runtime.logs import output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from thaw_runtime.api import Invocation
    from thaw_runtime.settings import Settings


# Source: https://www.w3.org/TR/trace-context/ and https://www.w3.org/TR/baggage/
W3C_FIELDS = ("traceparent", "tracestate", "baggage")
NOTHING: dict[str, str] = {}


class ContextError(Exception):
    """A header of the invocation cannot be read."""

    error_type = "Runtime.LambdaContextUnmarshalError"


class CognitoIdentity:
    """Who called through the mobile SDK; both ids are None where nobody did."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, fields: "dict[str, str] | None") -> None:
        fields = fields or NOTHING
        self.cognito_identity_id = fields.get("cognitoIdentityId")
        self.cognito_identity_pool_id = fields.get("cognitoIdentityPoolId")

    def __repr__(self) -> str:
        return (
            f"CognitoIdentity([cognito_identity_id={self.cognito_identity_id},"
            f"cognito_identity_pool_id={self.cognito_identity_pool_id}])"
        )


class Client:
    """The application that called through the mobile SDK."""

    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")  # noqa: RUF023 - as it is shown

    def __init__(self, fields: "dict[str, str]") -> None:
        for name in self.__slots__:
            setattr(self, name, fields.get(name))

    def __repr__(self) -> str:
        return "Client([" + ",".join(f"{name}={getattr(self, name)}" for name in self.__slots__) + "])"


class ClientContext:
    """What a caller passed as its client context: ``custom``, ``env`` and ``client``."""

    __slots__ = ("client", "custom", "env")

    def __init__(self, fields: "dict[str, Any]") -> None:
        self.custom = fields.get("custom")
        self.env = fields.get("env")
        client = _expect_object(fields.get("client"), "Client Context", "its client")
        self.client = None if client is None else Client(client)

    def __repr__(self) -> str:
        return f"ClientContext([custom={self.custom},env={self.env},client={self.client}])"


class LambdaContext:
    """One invocation, as its handler sees it.

    Attributes:
        aws_request_id, invoked_function_arn, tenant_id: of the invocation; ``tenant_id`` is None without tenants, and the
            ARN empty where Lambda names none.
        function_name, function_version, memory_limit_in_mb, log_group_name, log_stream_name: of the environment; text.
        client_context: None where the caller passed none.
        identity: always there; its ids are None without Cognito.
    """

    def __init__(self, invocation: "Invocation", settings: "Settings") -> None:
        headers = invocation.headers
        self.aws_request_id = invocation.request_id
        self.log_group_name = settings.log_group_name
        self.log_stream_name = settings.log_stream_name
        self.function_name = settings.function_name
        self.memory_limit_in_mb = settings.memory_limit_in_mb
        self.function_version = settings.function_version
        arn = headers.get("lambda-runtime-invoked-function-arn", "")
        self.invoked_function_arn = arn if arn.isascii() else header_text(arn)
        tenant = headers.get("lambda-runtime-aws-tenant-id")
        self.tenant_id = header_text(tenant) if tenant else None
        self._w3c_fields: dict[str, str] = {}
        self.client_context: ClientContext | None = None
        if client_context := headers.get("lambda-runtime-client-context"):
            self._read_client_context(client_context)
        identity = headers.get("lambda-runtime-cognito-identity")
        self.identity = CognitoIdentity(_json_header(identity, "Cognito Identity") if identity else None)
        deadline = headers.get("lambda-runtime-deadline-ms") or "0"
        try:
            self._epoch_deadline_time_in_ms = int(deadline)
        except ValueError:
            raise ContextError(
                f"Lambda-Runtime-Deadline-Ms is {deadline[:80]!r}; it must be milliseconds"
            ) from None

    def _read_client_context(self, text: str) -> None:
        fields = _json_header(text, "Client Context")
        if fields is not None:
            self._w3c_fields = _w3c_fields(fields)
            self.client_context = ClientContext(fields)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda stops the invocation; 0 once that time has passed."""
        return max(0, self._epoch_deadline_time_in_ms - int(time.time() * 1000))

    def w3c(self) -> dict[str, str]:
        """The trace that the invocation belongs to, by the names of W3C's Trace Context that the caller sent."""
        return dict(self._w3c_fields)

    def log(self, message: object) -> None:
        """Writes a message to the log as it is, without a line end."""
        output.sink.log(str(message))

    def __repr__(self) -> str:
        return (
            f"LambdaContext([aws_request_id={self.aws_request_id},log_group_name={self.log_group_name},"
            f"log_stream_name={self.log_stream_name},function_name={self.function_name},"
            f"memory_limit_in_mb={self.memory_limit_in_mb},function_version={self.function_version},"
            f"invoked_function_arn={self.invoked_function_arn},client_context={self.client_context},"
            f"identity={self.identity},tenant_id={self.tenant_id}])"
        )


def header_text(text: str) -> str:
    """The text of a header whose bytes were read as Latin-1: UTF-8, as AWS's runtime reads it, where it is that."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def tenant_of(headers: dict[str, str]) -> str | None:
    """The tenant that an invocation is for, None without one."""
    tenant = headers.get("lambda-runtime-aws-tenant-id")
    return header_text(tenant) if tenant else None


def _json_header(text: str, title: str) -> "dict[str, Any] | None":
    try:
        # Header bytes were read as Latin-1; the JSON in them is UTF-8.
        value = decode(text.encode("latin-1"))
    except UnmarshalError as error:
        raise ContextError(f"Unable to parse {title} JSON: {error.reason}") from error
    return _expect_object(value, title, "it")


def _expect_object(value: "Any", title: str, part: str) -> "dict[str, Any] | None":
    if value is None or isinstance(value, dict):
        return value
    raise ContextError(
        f"Unable to parse {title} JSON: {part} is of type {type(value).__name__}, not an object"
    )


def _w3c_fields(client_context: "dict[str, Any]") -> dict[str, str]:
    """What a client context has of a trace, taken out of it; nothing but text."""
    sent = client_context.pop("w3c", None)
    if not isinstance(sent, dict):
        return {}
    return {name: sent[name] for name in W3C_FIELDS if isinstance(sent.get(name), str)}

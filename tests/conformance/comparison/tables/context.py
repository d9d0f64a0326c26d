"""The invocation, as a handler sees it."""

import json

from tests.conformance.comparison.model import Case, Event, Scenario

_NO_OBJECT = "it is told as what it is, in one line; theirs is an AttributeError with frames of the runtime"
_CLIENT = {
    "client": {
        "installation_id": "i",
        "app_title": "t",
        "app_version_name": "n",
        "app_version_code": "c",
        "app_package_name": "p",
        "appTitle": "not read",
    },
    "custom": {"a": [1, "ü"]},
    "env": {"locale": "de"},
    "more": 1,
}
_COGNITO = {"cognitoIdentityId": "id", "cognitoIdentityPoolId": "pool", "more": 1}
_TRACED = {"traceparent": "00-1", "tracestate": "a=b", "baggage": 5, "other": "x"}


def _case(row: str, claim: str, name: str, why: str = "", **headers: str | None) -> Case:
    named = {f"Lambda-Runtime-{header.replace('_', '-')}": value for header, value in headers.items()}
    return Case(row, claim, (Event(json.dumps(name).encode(), named),), why)


def _client(row: str, claim: str, name: str, value: object, why: str = "") -> Case:
    text = value if isinstance(value, str) else json.dumps(value)
    return _case(row, claim, name, why, Client_Context=text)


_CASES = (
    _case("C1", "the attributes are those of the invocation and of the environment", "fields"),
    _case("C1", "no other attributes are public", "attributes"),
    _case("C1", "the deadline is a number", "deadline"),
    _case("C1", "attributes can be set", "set_attribute"),
    _case("C1", "an unknown attribute is an AttributeError", "unknown_attribute"),
    _case("C7", "the context's repr", "representation"),
    _case("C7", "names of the classes", "types"),
    _case("C2", "the identity is there without Cognito", "identity"),
    _case("C2", "without a client context it is None", "client"),
    _case("C2", "the identity is Cognito's", "identity", Cognito_Identity=json.dumps(_COGNITO)),
    _case("C2", "an identity without ids", "identity", Cognito_Identity="{}"),
    _case("C2", "an identity that is null", "identity", Cognito_Identity="null"),
    _case("C2", "an identity takes no other attributes", "set_identity_attribute"),
    _client("C3", "the client context has custom, env and client", "client", _CLIENT),
    _client("C3", "a client context in escapes", "client", {"custom": {"a": "😀"}}),
    _client("C3", "a client context in UTF-8", "client", '{"custom": "\u00c3\u00bc"}'),
    _client("C3", "a client context that is a number", "client", "5", _NO_OBJECT),
    _client("C3", "a client context that is false", "client", "false", _NO_OBJECT),
    _client("C3", "a custom that is a list", "client", {"custom": [1], "env": "x"}),
    _case(
        "C8",
        "a tenant's id beyond ASCII",
        "fields",
        Aws_Tenant_Id="\u00c3\u00bc",
    ),
    _client("C3", "an empty client context", "client", {}),
    _client("C3", "a client context that is null", "client", "null"),
    _client("C3", "a client that is empty", "client", {"client": {}}),
    _client("C3", "a client that is null", "client", {"client": None}),
    _client("C3", "an unknown attribute of it is an AttributeError", "unknown_client_attribute", _CLIENT),
    _client("C7", "the repr with a client context", "representation", _CLIENT),
    _case("C4", "w3c() without a client context", "trace_context"),
    _client(
        "C4",
        "w3c() has the fields of the standard that are text, and the client context has none",
        "trace_context",
        {"w3c": _TRACED, **_CLIENT},
    ),
    _client("C4", "w3c() of something else is empty", "trace_context", {"w3c": "x"}),
    _client("E6", "a client context that is no JSON is refused", "client", "{"),
    _client("E6", "a client context that is a list is refused", "client", "[1]", why=_NO_OBJECT),
    _client("E6", "a client context that is text is refused", "client", '"x"', why=_NO_OBJECT),
    _client("E6", "a client that is no object is refused", "client", {"client": "x"}, why=_NO_OBJECT),
    _case("E6", "an identity that is no JSON is refused", "identity", Cognito_Identity="x"),
    _case("E6", "an identity that is a list is refused", "identity", Cognito_Identity="[]", why=_NO_OBJECT),
    _case("C5", "the remaining time is an int", "remaining"),
    _case("C5", "the remaining time is 0 once it has passed", "remaining", Deadline_Ms="1"),
    _case("C8", "without a tenant the id is None", "fields"),
    _case("C8", "a tenant's id is shown", "fields", Aws_Tenant_Id="tenant-1"),
    _case(
        "C8",
        "an empty tenant's id is none",
        "fields",
        Aws_Tenant_Id="",
    ),
    _case("C7", "the repr with a tenant", "representation", Aws_Tenant_Id="tenant-1"),
    _case(
        "C1",
        "without a function's ARN it is empty",
        "fields",
        Invoked_Function_Arn=None,
    ),
    _case("C6", "log() writes text as it is, without a line end", "logs"),
)
_BARE = dict.fromkeys(
    (
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
    )
)

SCENARIOS = (
    Scenario("context", "contexts.handle", _CASES),
    Scenario(
        "context without variables",
        "contexts.handle",
        (_case("C1", "what the environment does not say is None", "fields"),),
        _BARE,
    ),
)

"""What a handler learns about its invocation."""

import json
import time
from typing import Any

import pytest
from awslambdaric.lambda_context import LambdaContext as AwsContext
from hypothesis import given
from hypothesis import strategies as st
from thaw_runtime.api import Invocation
from thaw_runtime.context import ContextError, LambdaContext
from thaw_runtime.settings import Settings

ENVIRONMENT = {
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "AWS_LAMBDA_FUNCTION_NAME": "hello",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/hello",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/21/[$LATEST]1",
}


def context(**headers: str) -> LambdaContext:
    named = {f"lambda-runtime-{name.replace('_', '-')}": value for name, value in headers.items()}
    return LambdaContext(Invocation("id-1", named, b"{}"), Settings(ENVIRONMENT))


def header(value: Any) -> str:
    """JSON in UTF-8 as the runtime reads a header."""
    return json.dumps(value, ensure_ascii=False).encode().decode("latin-1")


def test_the_fields_of_the_environment_are_text() -> None:
    got = context()
    assert (
        got.function_name,
        got.function_version,
        got.memory_limit_in_mb,
        got.log_group_name,
        got.log_stream_name,
    ) == ("hello", "$LATEST", "128", "/aws/lambda/hello", "2026/11/21/[$LATEST]1")


def test_the_fields_of_the_invocation_come_from_its_headers() -> None:
    got = context(invoked_function_arn="arn:aws:lambda:x", aws_tenant_id="tenant")
    assert (got.aws_request_id, got.invoked_function_arn, got.tenant_id) == (
        "id-1",
        "arn:aws:lambda:x",
        "tenant",
    )


@pytest.mark.parametrize("sent", ["é€".encode().decode("latin-1"), "\xfc"])
def test_fields_in_utf_8_are_read_as_such_and_any_others_as_latin_1(sent: str) -> None:
    got = context(invoked_function_arn=sent, aws_tenant_id=sent)
    expected = "\xfc" if sent == "\xfc" else "é€"
    assert (got.invoked_function_arn, got.tenant_id) == (expected, expected)


def test_what_was_not_sent_is_none() -> None:
    got = context()
    assert (got.client_context, got.tenant_id, got.invoked_function_arn) == (None, None, "")


def test_an_empty_tenant_is_none() -> None:
    """AWS's client of the Runtime API hands nothing on that is empty."""
    assert context(aws_tenant_id="").tenant_id is None


def test_the_identity_is_always_there() -> None:
    assert (context().identity.cognito_identity_id, context().identity.cognito_identity_pool_id) == (
        None,
        None,
    )


def test_the_identity_has_the_ids_of_cognito() -> None:
    identity = context(
        cognito_identity=header({"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"})
    ).identity
    assert repr(identity) == "CognitoIdentity([cognito_identity_id=i,cognito_identity_pool_id=p])"


def test_the_client_context_has_its_parts() -> None:
    client = {"installation_id": "1", "app_title": "Ä", "app_version_name": "3", "app_version_code": "4"}
    got = context(
        client_context=header({"custom": {"a": "ö"}, "env": {"b": 1}, "client": client})
    ).client_context
    assert repr(got) == (
        "ClientContext([custom={'a': 'ö'},env={'b': 1},client=Client([installation_id=1,app_title=Ä,"
        "app_version_name=3,app_version_code=4,app_package_name=None])])"
    )


@pytest.mark.parametrize("value", ["{", "[]", "1", "\xff"])
@pytest.mark.parametrize(
    ("name", "title"), [("client_context", "Client Context"), ("cognito_identity", "Cognito Identity")]
)
def test_a_header_that_is_no_object_is_told(name: str, title: str, value: str) -> None:
    with pytest.raises(ContextError, match=f"Unable to parse {title} JSON: "):
        context(**{name: value})


@pytest.mark.parametrize("text", ["{", " ", "[1 2]", "{}x"])
def test_the_reason_is_told_once(text: str) -> None:
    with pytest.raises(ContextError) as caught:
        context(client_context=text)
    with pytest.raises(ValueError, match=":") as reason:
        json.loads(text)
    assert str(caught.value) == f"Unable to parse Client Context JSON: {reason.value}"


@pytest.mark.parametrize("text", ["soon", "1.5", "1" * 5000])
def test_a_deadline_that_is_no_number_is_told(text: str) -> None:
    """AWS's runtime aborts."""
    with pytest.raises(ContextError, match=r"Lambda-Runtime-Deadline-Ms is '.*; it must be milliseconds"):
        context(deadline_ms=text)


@given(st.recursive(st.none() | st.text(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=5))
def test_custom_values_arrive_as_they_were_sent(value: Any) -> None:
    got = context(client_context=header({"custom": value})).client_context
    assert got is not None
    assert got.custom == value


def test_the_remaining_time_is_whole_milliseconds_up_to_the_deadline() -> None:
    remaining = context(deadline_ms=str(int(time.time() * 1000) + 60_000)).get_remaining_time_in_millis()
    assert isinstance(remaining, int)
    assert 0 < remaining <= 60_000


@pytest.mark.parametrize("headers", [{}, {"deadline_ms": "1"}, {"deadline_ms": ""}])
def test_the_remaining_time_is_never_negative(headers: dict[str, str]) -> None:
    assert context(**headers).get_remaining_time_in_millis() == 0


def test_a_message_is_logged_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    context().log({"a": 1})
    assert capsys.readouterr().out == "{'a': 1}"


def test_the_whole_context_can_be_shown() -> None:
    assert repr(context()).startswith("LambdaContext([aws_request_id=id-1,log_group_name=/aws/lambda/hello,")


def theirs(client_context: Any, identity: Any = None) -> Any:
    """The context of AWS's own runtime, which reads the same values."""
    return AwsContext("id-1", client_context, identity, 0, "", None)


TRACES = {
    "nothing": {},
    "a trace": {"w3c": {"traceparent": "00-1-2-01", "tracestate": "a=b", "baggage": "c=d"}},
    "other fields": {"w3c": {"traceparent": "00-1-2-01", "other": "x"}, "custom": {"a": 1}},
    "fields that are no text": {"w3c": {"traceparent": 1, "tracestate": None, "baggage": "c"}},
    "a trace that is no object": {"w3c": ["traceparent"]},
    "null": {"w3c": None},
}


@pytest.mark.parametrize("sent", TRACES.values(), ids=TRACES.keys())
def test_a_trace_is_read_as_awss_runtime_reads_it(sent: dict[str, Any]) -> None:
    assert context(client_context=header(sent)).w3c() == theirs(json.loads(json.dumps(sent))).w3c()


def test_a_trace_can_be_changed_without_harm() -> None:
    got = context(client_context=header({"w3c": {"baggage": "a"}}))
    got.w3c().clear()
    assert got.w3c() == {"baggage": "a"}


CALLERS = {
    "everything": {"custom": {"a": 1}, "env": {"b": 2}, "client": {"app_title": "t", "installation_id": "i"}},
    "an empty client": {"client": {}},
    "no client": {"custom": None},
    "an empty object": {},
    "null": None,
    "what is unknown": {"other": 1, "client": {"other": 2}},
}


@pytest.mark.parametrize("sent", CALLERS.values(), ids=CALLERS.keys())
def test_a_client_context_is_shown_as_by_awss_runtime(sent: Any) -> None:
    assert repr(context(client_context=header(sent)).client_context) == repr(theirs(sent).client_context)


@pytest.mark.parametrize("sent", [None, {}, {"cognitoIdentityId": "i"}, {"cognitoIdentityId": None, "x": 1}])
def test_an_identity_is_shown_as_by_awss_runtime(sent: Any) -> None:
    assert repr(context(cognito_identity=header(sent)).identity) == repr(theirs(None, sent).identity)


def test_a_context_is_shown_as_by_awss_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    sent = CALLERS["everything"]
    assert repr(context(client_context=header(sent))) == repr(theirs(sent))


def test_a_context_has_the_attributes_of_awss_runtime_in_their_order() -> None:
    assert list(vars(context())) == list(vars(theirs(None)))


@pytest.mark.parametrize("part", ["client_context", "identity"])
def test_what_the_mobile_sdk_sent_takes_no_further_attributes(part: str) -> None:
    got = context(client_context=header(CALLERS["everything"]))
    with pytest.raises(AttributeError):
        getattr(got, part).other = 1


@pytest.mark.parametrize("value", ['{"client": "x"}', '{"client": [1]}', '{"client": 0}'])
def test_a_client_that_is_no_object_is_told(value: str) -> None:
    """AWS's runtime tells an AttributeError of its own code."""
    with pytest.raises(ContextError, match=r"its client is of type \w+, not an object"):
        context(client_context=value)

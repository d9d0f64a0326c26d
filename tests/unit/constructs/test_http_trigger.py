"""HttpTrigger: a URL of the function's own, for signed callers unless everybody is named."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from constructs_lib import HttpTrigger
from constructs_lib.triggers.errors import SecondUrlError, WrongCorsError
from tests.synthesis import readable, resources, statements

NONE = lambda_.FunctionUrlAuthType.NONE


def cors(**settings: object) -> lambda_.FunctionUrlCorsOptions:
    return lambda_.FunctionUrlCorsOptions(**({"allowed_origins": ["https://example.com"]} | settings))  # type: ignore[arg-type]


def test_by_default_callers_sign_and_nobody_may_call(stack: cdk.Stack, function: lambda_.Function) -> None:
    HttpTrigger(stack, "Trigger", function=function)
    [url] = resources(stack, "AWS::Lambda::Url")
    assert (url["AuthType"], url["InvokeMode"]) == ("AWS_IAM", "BUFFERED")
    assert "Cors" not in url
    assert not resources(stack, "AWS::Lambda::Permission")


def test_a_caller_is_granted_both_actions_that_a_url_asks_for_on_this_function(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal())
    HttpTrigger(stack, "Trigger", function=function).grant_invoke_url(caller)
    assert statements(stack, "Caller") == [
        (["lambda:InvokeFunction"], "Function.Arn"),
        (["lambda:InvokeFunctionUrl"], "Function.Arn"),
    ]


def test_a_public_url_is_open_to_everybody_through_the_url_only(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    HttpTrigger(stack, "Trigger", function=function, auth_type=NONE)
    permissions = {each["Action"]: each for each in resources(stack, "AWS::Lambda::Permission")}
    assert {each["Principal"] for each in permissions.values()} == {"*"}
    assert permissions["lambda:InvokeFunctionUrl"]["FunctionUrlAuthType"] == "NONE"
    assert permissions["lambda:InvokeFunction"]["InvokedViaFunctionUrl"] is True


def test_a_function_may_stream(stack: cdk.Stack, function: lambda_.Function) -> None:
    mode = lambda_.InvokeMode.RESPONSE_STREAM
    HttpTrigger(stack, "Trigger", function=function, invoke_mode=mode)
    [url] = resources(stack, "AWS::Lambda::Url")
    assert url["InvokeMode"] == "RESPONSE_STREAM"


def test_pages_of_named_origins_may_call(stack: cdk.Stack, function: lambda_.Function) -> None:
    settings = cors(
        allow_credentials=True, max_age=cdk.Duration.hours(24), allowed_methods=[lambda_.HttpMethod.GET]
    )
    HttpTrigger(stack, "Trigger", function=function, cors=settings)
    [url] = resources(stack, "AWS::Lambda::Url")
    assert url["Cors"] == {
        "AllowCredentials": True,
        "AllowMethods": ["GET"],
        "AllowOrigins": ["https://example.com"],
        "MaxAge": 86_400,
    }


@pytest.mark.parametrize(
    ("settings", "received"),
    [
        ({"allowed_origins": None}, "no allowed_origins"),
        ({"allowed_origins": []}, "no allowed_origins"),
        ({"allowed_origins": ["example.com"]}, "origin 'example.com'"),
        ({"allowed_origins": ["https://example.com/"]}, "origin 'https://example.com/'"),
        ({"allowed_origins": ["*"], "allow_credentials": True}, "allow_credentials for every origin"),
        ({"allowed_origins": ["https://*"], "allow_credentials": True}, "allow_credentials for every origin"),
        ({"max_age": cdk.Duration.seconds(86_401)}, "max_age 86401 s"),
        ({"max_age": cdk.Duration.millis(10)}, "max_age 0.01 s"),
        ({"allowed_methods": [lambda_.HttpMethod.OPTIONS]}, "method OPTIONS"),
    ],
)
def test_cors_that_cannot_work_is_refused(
    stack: cdk.Stack, function: lambda_.Function, settings: dict[str, object], received: str
) -> None:
    with pytest.raises(WrongCorsError) as caught:
        HttpTrigger(stack, "Trigger", function=function, cors=cors(**settings))
    assert caught.value.what.startswith("Stack/Trigger")
    assert caught.value.received == received


def test_a_second_url_of_a_function_is_refused(stack: cdk.Stack, function: lambda_.Function) -> None:
    HttpTrigger(stack, "Trigger", function=function)
    with pytest.raises(SecondUrlError, match=r"Stack/Second(.|\n)*the first is Stack/Trigger"):
        HttpTrigger(stack, "Second", function=function)


def test_a_url_beside_one_that_the_cdk_added_is_refused(stack: cdk.Stack, function: lambda_.Function) -> None:
    function.add_function_url()
    with pytest.raises(SecondUrlError, match="the first is Stack/Function/FunctionUrl"):
        HttpTrigger(stack, "Trigger", function=function)


def test_a_function_and_its_alias_have_a_url_each(stack: cdk.Stack, function: lambda_.Function) -> None:
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    HttpTrigger(stack, "Trigger", function=function)
    HttpTrigger(stack, "Second", function=alias)
    assert [readable(each["TargetFunctionArn"]) for each in resources(stack, "AWS::Lambda::Url")] == [
        "Function.Arn"
    ] * 2

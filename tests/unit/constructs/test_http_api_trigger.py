"""HttpApiTrigger: routes with an authorizer, limits and a log, before a function."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from constructs_lib import HttpApiTrigger
from constructs_lib.errors import OutOfRangeError
from constructs_lib.triggers.errors import WrongCorsError, WrongRouteError
from tests.synthesis import readable, resources, template

ANYTHING = assertions.Match.any_value()
EVERYBODY = apigatewayv2.HttpNoneAuthorizer()


def cors(**settings: object) -> apigatewayv2.CorsPreflightOptions:
    return apigatewayv2.CorsPreflightOptions(**({"allow_origins": ["https://example.com"]} | settings))  # type: ignore[arg-type]


def access_log(stack: cdk.Stack) -> dict[str, Any]:
    found = template(stack)["Resources"].items()
    [log] = [
        each
        for name, each in found
        if each["Type"] == "AWS::Logs::LogGroup" and name.startswith("TriggerAccessLog")
    ]
    return log  # type: ignore[no-any-return]


def test_by_default_every_signed_request_goes_to_the_function(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    HttpApiTrigger(stack, "Trigger", function=function)
    [route] = resources(stack, "AWS::ApiGatewayV2::Route")
    [integration] = resources(stack, "AWS::ApiGatewayV2::Integration")
    assert (route["RouteKey"], route["AuthorizationType"]) == ("$default", "AWS_IAM")
    assert readable(integration["IntegrationUri"]) == "Function.Arn"
    assert integration["PayloadFormatVersion"] == "2.0"


def test_routes_have_the_authorizer_that_is_given(stack: cdk.Stack, function: lambda_.Function) -> None:
    users = authorizers.HttpJwtAuthorizer("Users", "https://id.example.com", jwt_audience=["shop"])
    HttpApiTrigger(stack, "Trigger", function=function, routes=["GET /a", "POST /a"], authorizer=users)
    routes = resources(stack, "AWS::ApiGatewayV2::Route")
    assert {(each["RouteKey"], each["AuthorizationType"]) for each in routes} == {
        ("GET /a", "JWT"),
        ("POST /a", "JWT"),
    }


def test_everybody_may_call_where_that_is_said(stack: cdk.Stack, function: lambda_.Function) -> None:
    HttpApiTrigger(stack, "Trigger", function=function, authorizer=EVERYBODY)
    [route] = resources(stack, "AWS::ApiGatewayV2::Route")
    assert route["AuthorizationType"] == "NONE"


def test_each_route_may_invoke_the_function_and_no_other(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    HttpApiTrigger(stack, "Trigger", function=function, routes=["GET /a/{id}", "POST /b"])
    permissions = resources(stack, "AWS::Lambda::Permission")
    assert {each["Principal"] for each in permissions} == {"apigateway.amazonaws.com"}
    assert sorted(readable(each["SourceArn"]).partition(":Trigger")[2] for each in permissions) == [
        "/*/*/a/{id}",
        "/*/*/b",
    ]


def test_requests_are_limited_and_logged_as_json_for_a_month(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    HttpApiTrigger(stack, "Trigger", function=function)
    [stage] = resources(stack, "AWS::ApiGatewayV2::Stage")
    log = access_log(stack)
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}
    assert readable(stage["AccessLogSettings"]["DestinationArn"]) == "TriggerAccessLog.Arn"
    assert json.loads(stage["AccessLogSettings"]["Format"])["status"] == "$context.status"
    assert log["Properties"]["RetentionInDays"] == 30


def test_limits_and_log_can_be_chosen(stack: cdk.Stack, function: lambda_.Function) -> None:
    HttpApiTrigger(
        stack,
        "Trigger",
        function=function,
        requests_per_second=5,
        burst=10,
        log_retention=logs.RetentionDays.ONE_DAY,
        log_removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    [stage] = resources(stack, "AWS::ApiGatewayV2::Stage")
    log = access_log(stack)
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 10}
    assert (log["Properties"]["RetentionInDays"], log["DeletionPolicy"]) == (1, "Delete")


def test_no_page_of_another_origin_may_call_unless_named(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    HttpApiTrigger(stack, "Trigger", function=function)
    [api] = resources(stack, "AWS::ApiGatewayV2::Api")
    assert "CorsConfiguration" not in api


def test_pages_of_named_origins_may_call(stack: cdk.Stack, function: lambda_.Function) -> None:
    HttpApiTrigger(stack, "Trigger", function=function, routes=["GET /a"], cors_preflight=cors())
    [api] = resources(stack, "AWS::ApiGatewayV2::Api")
    assert api["CorsConfiguration"] == {"AllowOrigins": ["https://example.com"]}


@pytest.mark.parametrize(
    "settings",
    [
        {"allow_origins": None},
        {"allow_origins": ["example.com"]},
        {"allow_origins": ["*"], "allow_credentials": True},
        {"max_age": cdk.Duration.days(2)},
    ],
)
def test_cors_that_cannot_work_is_refused(
    stack: cdk.Stack, function: lambda_.Function, settings: dict[str, object]
) -> None:
    with pytest.raises(WrongCorsError, match="Stack/Trigger"):
        HttpApiTrigger(
            stack, "Trigger", function=function, routes=["GET /a"], cors_preflight=cors(**settings)
        )


@pytest.mark.parametrize("route", ["$default", "ANY /a", "OPTIONS /a"])
def test_cors_beside_a_route_whose_authorizer_would_refuse_the_preflight_is_refused(
    stack: cdk.Stack, function: lambda_.Function, route: str
) -> None:
    with pytest.raises(WrongCorsError, match="name the methods of every route"):
        HttpApiTrigger(stack, "Trigger", function=function, routes=["GET /b", route], cors_preflight=cors())


def test_cors_beside_a_route_for_everybody_is_fine(stack: cdk.Stack, function: lambda_.Function) -> None:
    HttpApiTrigger(stack, "Trigger", function=function, authorizer=EVERYBODY, cors_preflight=cors())
    [api] = resources(stack, "AWS::ApiGatewayV2::Api")
    assert "CorsConfiguration" in api


def test_a_route_that_api_gateway_does_not_take_is_refused(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    with pytest.raises(WrongRouteError, match="received: 'items'"):
        HttpApiTrigger(stack, "Trigger", function=function, routes=["items"])


@pytest.mark.parametrize("props", [{"requests_per_second": 0}, {"burst": -1}, {"burst": 1.5}])
def test_a_limit_that_lets_nobody_in_is_refused(
    stack: cdk.Stack, function: lambda_.Function, props: dict[str, object]
) -> None:
    with pytest.raises(OutOfRangeError, match="Stack/Trigger"):
        HttpApiTrigger(stack, "Trigger", function=function, **props)  # type: ignore[arg-type]


@pytest.mark.parametrize(("timeout", "warned"), [(30, False), (31, True)])
def test_a_function_that_runs_for_longer_than_api_gateway_waits_is_a_warning(
    stack: cdk.Stack, *, timeout: int, warned: bool
) -> None:
    function = lambda_.Function(
        stack,
        "Slow",
        code=lambda_.Code.from_inline("-"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_13,
        timeout=cdk.Duration.seconds(timeout),
    )
    HttpApiTrigger(stack, "Trigger", function=function)
    found = assertions.Annotations.from_stack(stack)
    late = assertions.Match.string_like_regexp("answers 503 after 30 s")
    (found.has_warning if warned else found.has_no_warning)("/Stack/Trigger", late)


def test_the_api_has_a_url(stack: cdk.Stack, function: lambda_.Function) -> None:
    assert HttpApiTrigger(stack, "Trigger", function=function).url is not None

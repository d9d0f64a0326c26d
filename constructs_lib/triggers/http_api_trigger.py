"""An HTTP API that invokes a function."""

import json
from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.asked_once import Place
from constructs_lib.constructors import checked
from constructs_lib.triggers import cors as cors_rules
from constructs_lib.triggers.errors import WrongCorsError
from constructs_lib.triggers.figures import Figures
from constructs_lib.triggers.routes import DEFAULT, Route, routes_of
from constructs_lib.triggers.target import Target, target_of

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
ANSWER_SECONDS = 30
REQUESTS_PER_SECOND = 100
BURST = 200
_LIMIT = (1, 1_000_000)
LATE_ANSWER = "thaw:api-timeout"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
_LOG_LINE = {
    "requestId": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "route": "$context.routeKey",
    "path": "$context.path",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "integrationError": "$context.integrationErrorMessage",
    "authorizerError": "$context.authorizer.error",
}


@checked
class HttpApiTrigger(apigatewayv2.HttpApi):
    """Invokes a function with each request to routes of an HTTP API.

    The function gets an event in API Gateway's payload format 2.0 and answers
    ``{"statusCode": 200, "headers": {...}, "body": "..."}`` within 30 seconds. For one function without routes, JWT,
    throttling or access logs, ``HttpTrigger`` is cheaper and has no such limit.

    Args:
        scope: the parent construct.
        id: the construct's id, and the API's name.
        function: what is invoked, a function or an alias of one.
        routes: which requests, as ``METHOD /path/{name}``; ``$default`` is every request that no other route takes.
            Default: ``$default``.
        authorizer: who may call: ``HttpIamAuthorizer``, ``HttpJwtAuthorizer``, ``HttpLambdaAuthorizer``, or, for everybody
            in the world, ``HttpNoneAuthorizer``. Default: ``HttpIamAuthorizer``, callers sign their requests and need a
            permission (``grant_invoke`` of a route).
        cors_preflight: pages of which origins may call from a browser. Default: no page of another origin.
        requests_per_second: beyond this, on average, callers get status 429. Default: 100.
        burst: how many requests at once. Default: 200.
        log_retention: how long the access log keeps its lines. Default: one month.
        log_removal_policy: what becomes of the access log when it leaves the stack. Default: it stays.

    Attributes:
        access_log: one line of JSON for every request.

    Warnings:
        thaw:api-timeout: the function may run for longer than API Gateway waits.

    Raises:
        UnsuitableTargetError: ``function`` is a version or imported.
        WrongRouteError: a route is not one that API Gateway takes.
        WrongCorsError: ``cors_preflight`` is what every browser refuses, or is for routes whose authorizer would refuse
            the browser's first question.
        OutOfRangeError: a limit is not a number of one or more.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function | lambda_.Alias,
        routes: Sequence[str] = (DEFAULT,),
        authorizer: apigatewayv2.IHttpRouteAuthorizer | None = None,
        cors_preflight: apigatewayv2.CorsPreflightOptions | None = None,
        requests_per_second: int = REQUESTS_PER_SECOND,
        burst: int = BURST,
        log_retention: logs.RetentionDays | None = None,
        log_removal_policy: cdk.RemovalPolicy | None = None,
    ) -> None:
        path = Place(scope, id)
        target = target_of(path, function)
        checked = routes_of(path, routes)
        figures = Figures(path)
        figures.count("requests_per_second", requests_per_second, _LIMIT)
        figures.count("burst", burst, _LIMIT)
        authorizer = authorizer or cast("apigatewayv2.IHttpRouteAuthorizer", authorizers.HttpIamAuthorizer())
        if cors_preflight is not None:
            _check_cors(path, cors_preflight)
            _require_answered_preflight(path, checked, authorizer)
        super().__init__(scope, id, cors_preflight=cors_preflight, default_authorizer=authorizer)
        self._add_integration(target, checked)
        self.access_log = logs.LogGroup(
            self,
            "AccessLog",
            retention=log_retention or logs.RetentionDays.ONE_MONTH,
            removal_policy=log_removal_policy or cdk.RemovalPolicy.RETAIN,
        )
        self._set_up_stage(requests_per_second, burst)
        self._warn_of_late_answers(target)

    def _add_integration(self, target: Target, routes: Sequence[Route]) -> None:
        integration = integrations.HttpLambdaIntegration("Function", target.invoked)
        for route in routes:
            if route.path is None:
                apigatewayv2.HttpRoute(
                    self,
                    "DefaultRoute",
                    http_api=self,
                    route_key=apigatewayv2.HttpRouteKey.DEFAULT,
                    integration=integration,
                )
            else:
                method = apigatewayv2.HttpMethod(route.method)
                self.add_routes(path=route.path, methods=[method], integration=integration)

    def _set_up_stage(self, requests_per_second: int, burst: int) -> None:
        assert self.default_stage is not None  # noqa: S101 - HttpApi makes it unless told not to
        stage = cast("apigatewayv2.CfnStage", self.default_stage.node.default_child)
        stage.access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=self.access_log.log_group_arn, format=json.dumps(_LOG_LINE)
        )
        stage.default_route_settings = apigatewayv2.CfnStage.RouteSettingsProperty(
            throttling_rate_limit=requests_per_second, throttling_burst_limit=burst
        )

    def _warn_of_late_answers(self, target: Target) -> None:
        timeout = target.timeout_seconds
        if timeout is not None and timeout > ANSWER_SECONDS:
            cdk.Annotations.of(self).add_warning_v2(
                LATE_ANSWER,
                f"{target.path} may run for {timeout:g} s, but API Gateway answers 503 after {ANSWER_SECONDS} s while it "
                "runs on; lower the function's timeout, or use HttpTrigger, which waits for as long as the function runs",
            )


def _check_cors(path: object, cors: apigatewayv2.CorsPreflightOptions) -> None:
    cors_rules.check(
        path,
        origins=cors.allow_origins,
        credentials=cors.allow_credentials,
        max_age=cors.max_age,
    )


def _require_answered_preflight(
    path: object, routes: Sequence[Route], authorizer: apigatewayv2.IHttpRouteAuthorizer
) -> None:
    """Refuses routes whose authorizer would answer 401 to what browsers ask first, without credentials.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    """
    if isinstance(authorizer, apigatewayv2.HttpNoneAuthorizer):
        return
    if any(route.takes_preflight for route in routes):
        raise WrongCorsError(
            f"{path} has CORS settings, and a route whose authorizer would refuse the OPTIONS requests of browsers",
            received=", ".join(
                DEFAULT if route.path is None else f"{route.method} {route.path}"
                for route in routes
                if route.takes_preflight
            ),
            allowed="routes that name their methods, such as GET /items; API Gateway then answers OPTIONS itself",
            change="name the methods of every route",
        )

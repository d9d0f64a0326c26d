"""A URL that invokes a function."""

from typing import cast
from weakref import WeakKeyDictionary

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.constructors import checked
from constructs_lib.triggers import cors as cors_rules
from constructs_lib.triggers.errors import SecondUrlError
from constructs_lib.triggers.target import target_of


@checked
class HttpTrigger(lambda_.FunctionUrl):
    """Invokes a function with each request to a URL of its own.

    Nothing lies between caller and function but Lambda: no gateway to pay for, no limit of 30 seconds, and the function
    may stream its response. For routes, JWT, throttling and access logs see ``HttpApiTrigger``.

    The function gets an event in API Gateway's payload format 2.0 and answers
    ``{"statusCode": 200, "headers": {...}, "body": "..."}``.

    Who calls needs both ``lambda:InvokeFunctionUrl`` and, through a URL only, ``lambda:InvokeFunction``: new URLs ask for
    both since October 2025 (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html). ``grant_invoke_url`` grants a
    caller both.

    Args:
        scope: the parent construct.
        id: the construct's id.
        function: what is invoked, a function or an alias of one.
        auth_type: ``AWS_IAM`` or ``NONE``; the latter lets everybody in the world invoke the function, and is said here
            so that a review sees it. Default: ``AWS_IAM``, callers sign their requests and need a permission.
        invoke_mode: ``BUFFERED``, up to 6 MB at once, or ``RESPONSE_STREAM`` for a function that streams.
            Default: ``BUFFERED``.
        cors: pages of which origins may call from a browser. Default: no page of another origin.

    Raises:
        UnsuitableTargetError: ``function`` is a version or imported.
        SecondUrlError: the function or alias has a URL already.
        WrongCorsError: ``cors`` is more than Lambda takes, or what every browser refuses.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function | lambda_.Alias,
        auth_type: lambda_.FunctionUrlAuthType = lambda_.FunctionUrlAuthType.AWS_IAM,
        invoke_mode: lambda_.InvokeMode = lambda_.InvokeMode.BUFFERED,
        cors: lambda_.FunctionUrlCorsOptions | None = None,
    ) -> None:
        path = Place(scope, id)
        target = target_of(path, function)
        if cors is not None:
            _check_cors(path, cors)
        _require_first(path, target.invoked)
        super().__init__(
            scope,
            id,
            function=target.invoked,
            auth_type=auth_type,
            invoke_mode=invoke_mode,
            cors=cors,
        )


_URLS: WeakKeyDictionary[Construct, str] = WeakKeyDictionary()


def _require_first(path: object, invoked: lambda_.Function | lambda_.Alias) -> None:
    present = invoked.node.try_find_child("FunctionUrl")  # what add_function_url makes
    first = (
        _URLS.setdefault(invoked, str(path))
        if present is None
        else asked_once.path_of(cast("Construct", present))
    )
    if first != str(path):
        raise SecondUrlError(
            f"{path} would be the second URL of {asked_once.path_of(invoked)}",
            received=f"the first is {first}",
            allowed="one URL for a function, and one for each alias",
            change="use the first, or give this one an alias of its own",
        )


def _check_cors(path: object, cors: lambda_.FunctionUrlCorsOptions) -> None:
    # The CDK's default is every method, which is fine for Lambda beside credentials: it answers with the method asked for.
    methods = cors.allowed_methods or ()
    if lambda_.HttpMethod.OPTIONS in methods:
        cors_rules.refuse_method(path, "OPTIONS", "GET, HEAD, POST, PUT, PATCH, DELETE or ALL")
    cors_rules.check(
        path,
        origins=cors.allowed_origins,
        credentials=cors.allow_credentials,
        max_age=cors.max_age,
    )

"""What handlers see of their invocation."""

import json

FIELDS = (
    "aws_request_id",
    "log_group_name",
    "log_stream_name",
    "function_name",
    "memory_limit_in_mb",
    "function_version",
    "invoked_function_arn",
    "tenant_id",
)


def fields(_event, context):
    return {name: getattr(context, name) for name in FIELDS}


def remaining(_event, context):
    left = context.get_remaining_time_in_millis()
    return [type(left).__name__, 0 < left <= 600_000, left == 0]


def deadline(_event, context):
    return type(context._epoch_deadline_time_in_ms).__name__


def representation(_event, context):
    return repr(context)


def identity(_event, context):
    return [
        repr(context.identity),
        context.identity.cognito_identity_id,
        context.identity.cognito_identity_pool_id,
    ]


def client(_event, context):
    seen = context.client_context
    return None if seen is None else [repr(seen), repr(seen.client), seen.custom, seen.env]


def trace_context(_event, context):
    return [context.w3c(), repr(context.client_context)]


def attributes(_event, context):
    return sorted(name for name in dir(context) if not name.startswith("_"))


def unknown_attribute(_event, context):
    return context.nothing


def unknown_client_attribute(_event, context):
    return context.client_context.nothing


def set_attribute(_event, context):
    context.mine = 1
    return context.mine


def set_identity_attribute(_event, context):
    context.identity.mine = 1


def logs(_event, context):
    context.log("plain")
    context.log({"a": 1})
    context.log("with a line end\n")


def types(_event, context):
    return [
        type(context).__name__,
        type(context.identity).__name__,
        json.dumps(vars(context), default=str) != "",
    ]


def handle(event, context):
    return globals()[event](event, context)

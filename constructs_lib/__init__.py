"""Thaw's constructs: the one public door.

Names are loaded when they are first used, so that ``constructs_lib.bundling``, which needs no CDK, does not
pay for importing it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from constructs_lib.bundling import Architecture, BundlingError, Start, ThawError
    from constructs_lib.checks.plugin import ThawChecks
    from constructs_lib.configuration.layered_config import LayeredConfig
    from constructs_lib.errors import ConstructError
    from constructs_lib.functions.container_function import ContainerFunction
    from constructs_lib.functions.custom_runtime_function import CustomRuntimeFunction
    from constructs_lib.functions.dead_letter_queue import DeadLetterQueue
    from constructs_lib.functions.dockerfile_image import DockerfileImage
    from constructs_lib.functions.handler_image import HandlerImage
    from constructs_lib.functions.managed_runtime_function import ManagedRuntimeFunction
    from constructs_lib.functions.native_binary_function import NativeBinaryFunction
    from constructs_lib.functions.runtime_layer import RuntimeLayer
    from constructs_lib.network.private_database import PrivateDatabase
    from constructs_lib.network.vpc_access import VpcAccess
    from constructs_lib.permissions.log_role import LogRole
    from constructs_lib.releases.canary import Canary
    from constructs_lib.releases.concurrency import ScaledConcurrency
    from constructs_lib.releases.release import Release
    from constructs_lib.reporting import reported
    from constructs_lib.triggers.dynamodb_stream_trigger import DynamoDbStreamTrigger
    from constructs_lib.triggers.http_api_trigger import HttpApiTrigger
    from constructs_lib.triggers.http_trigger import HttpTrigger
    from constructs_lib.triggers.s3_trigger import S3Delivery, S3Event, S3Trigger
    from constructs_lib.triggers.schedule_trigger import ScheduleTrigger
    from constructs_lib.triggers.sns_trigger import SnsTrigger
    from constructs_lib.triggers.sqs_trigger import SqsTrigger
    from constructs_lib.watching.function_alarms import FunctionAlarms
    from constructs_lib.watching.service_dashboard import ServiceDashboard

__all__ = [
    "Architecture",
    "BundlingError",
    "Canary",
    "ConstructError",
    "ContainerFunction",
    "CustomRuntimeFunction",
    "DeadLetterQueue",
    "DockerfileImage",
    "DynamoDbStreamTrigger",
    "FunctionAlarms",
    "HandlerImage",
    "HttpApiTrigger",
    "HttpTrigger",
    "LayeredConfig",
    "LogRole",
    "ManagedRuntimeFunction",
    "NativeBinaryFunction",
    "PrivateDatabase",
    "Release",
    "RuntimeLayer",
    "S3Delivery",
    "S3Event",
    "S3Trigger",
    "ScaledConcurrency",
    "ScheduleTrigger",
    "ServiceDashboard",
    "SnsTrigger",
    "SqsTrigger",
    "Start",
    "ThawChecks",
    "ThawError",
    "VpcAccess",
    "reported",
]

_HOMES = {
    "Architecture": "bundling",
    "BundlingError": "bundling",
    "Canary": "releases.canary",
    "ConstructError": "errors",
    "ContainerFunction": "functions.container_function",
    "CustomRuntimeFunction": "functions.custom_runtime_function",
    "DeadLetterQueue": "functions.dead_letter_queue",
    "DockerfileImage": "functions.dockerfile_image",
    "DynamoDbStreamTrigger": "triggers.dynamodb_stream_trigger",
    "FunctionAlarms": "watching.function_alarms",
    "HandlerImage": "functions.handler_image",
    "HttpApiTrigger": "triggers.http_api_trigger",
    "HttpTrigger": "triggers.http_trigger",
    "LayeredConfig": "configuration.layered_config",
    "LogRole": "permissions.log_role",
    "ManagedRuntimeFunction": "functions.managed_runtime_function",
    "NativeBinaryFunction": "functions.native_binary_function",
    "PrivateDatabase": "network.private_database",
    "Release": "releases.release",
    "RuntimeLayer": "functions.runtime_layer",
    "S3Delivery": "triggers.s3_trigger",
    "S3Event": "triggers.s3_trigger",
    "S3Trigger": "triggers.s3_trigger",
    "ScaledConcurrency": "releases.concurrency",
    "ScheduleTrigger": "triggers.schedule_trigger",
    "ServiceDashboard": "watching.service_dashboard",
    "SnsTrigger": "triggers.sns_trigger",
    "SqsTrigger": "triggers.sqs_trigger",
    "Start": "bundling",
    "ThawChecks": "checks.plugin",
    "ThawError": "bundling",
    "VpcAccess": "network.vpc_access",
    "reported": "reporting",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

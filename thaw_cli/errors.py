"""The errors of the command line and the local cloud (THAW070-099)."""

from typing import ClassVar

from constructs_lib.bundling.errors import ThawError


class CommandLineError(ThawError):
    """Something ``thaw`` was asked to do cannot be done; its class says with which exit code it ends."""

    exit_code: ClassVar[int] = 1


class EnvironmentUnavailableError(CommandLineError):
    """This machine lacks something that the command needs."""

    exit_code: ClassVar[int] = 3


class ToolUnavailableError(EnvironmentUnavailableError):
    """A locked tool could not be installed into the cache."""

    id = "THAW070"


class ServerFailedError(EnvironmentUnavailableError):
    """A local server ended while it started, or did not answer in time."""

    id = "THAW071"


class CloudNotRunningError(EnvironmentUnavailableError):
    """A command needs the local cloud and it is not up."""

    id = "THAW072"


class NotLoopbackError(CommandLineError):
    """An endpoint of the local environment does not lie on this machine."""

    id = "THAW073"


class WrongAccountError(CommandLineError):
    """The endpoint of the local environment answers for an account that is not the local one."""

    id = "THAW074"


class EndpointOverriddenError(CommandLineError):
    """A deployment to AWS would go to another endpoint because of an environment variable."""

    id = "THAW075"


class CdkMissingError(EnvironmentUnavailableError):
    """The pinned CDK CLI or its Node is not installed."""

    id = "THAW076"


class DeploymentFailedError(CommandLineError):
    """The CDK CLI ended with an error."""

    id = "THAW077"


class UnsupportedSystemError(EnvironmentUnavailableError):
    """The local servers need Linux."""

    id = "THAW078"


class NoProjectError(CommandLineError):
    """The command was called outside of a CDK project."""

    id = "THAW079"


class EventError(CommandLineError):
    """The event of an invocation is not JSON or cannot be read."""

    id = "THAW080"


class FunctionFailedError(CommandLineError):
    """The invoked function answered with an error."""

    id = "THAW081"


class ChainStuckError(CommandLineError):
    """What was uploaded did not come out at the other end in time."""

    id = "THAW082"


class NotATaskRootError(CommandLineError):
    """The folder to inspect holds no snapshot."""

    id = "THAW083"


class ImageArchiveError(CommandLineError):
    """The archive of an image cannot be written where it is wanted."""

    id = "THAW084"


class PortTakenError(CommandLineError):
    """The port that a function is to be served on is taken, or not this user's."""

    id = "THAW085"


class NamespacesRefusedError(EnvironmentUnavailableError):
    """This machine does not let its users make namespaces, in which images run without an engine."""

    id = "THAW086"

"""Wrong uses of constructs, and what an answer to one has to say."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from constructs_lib import CustomRuntimeFunction, ThawError
from tests.synthesis import FLAGS, new_app

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_dynamodb as dynamodb  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip
from aws_cdk import aws_s3 as s3  # isort: skip
from aws_cdk import aws_sns as sns  # isort: skip
from aws_cdk import aws_sqs as sqs  # isort: skip

_NUMBERS = count(1)
# Errors that are found at the end are noted down and not raised, as for the CDK CLI.
_NOTED = {"@aws-cdk/core:failSynthOnValidationErrors": False}
SECONDS = cdk.Duration.seconds


@cache
def _app() -> cdk.App:
    return new_app()


class World:
    """A stack of its own, and what a use needs beside its mistake.

    Args:
        folder: for files; it has a handler's folder ``hello``.
        shared: whether the stack lies in one application with others, which is not to be synthesised.
    """

    def __init__(self, folder: Path, *, shared: bool = True) -> None:
        self.folder = folder
        self.stack = cdk.Stack(_app() if shared else new_app(FLAGS | _NOTED), f"Stack{next(_NUMBERS)}")

    @property
    def path(self) -> str:
        """Of the construct that is used wrongly."""
        return f"{self.stack.node.id}/Thing"

    def custom(self, **props: Any) -> CustomRuntimeFunction:
        """The function that is used wrongly, with a handler."""
        source = {"source": self.folder / "hello", "handler": "handler.handle"}
        return CustomRuntimeFunction(self.stack, "Thing", **source | props)

    @cached_property
    def function(self) -> lambda_.Function:
        """Any function with a dead-letter queue and a timeout of 20 s."""
        return self.plain(dead_letter_queue_enabled=True)

    def plain(self, id: str = "Function", **props: Any) -> lambda_.Function:  # noqa: A002 - the CDK's word
        """Any function, made with the CDK's own construct."""
        return lambda_.Function(
            self.stack,
            id,
            code=lambda_.Code.from_inline("-"),
            handler="index.handle",
            runtime=lambda_.Runtime.PYTHON_3_13,
            timeout=SECONDS(20),
            **props,
        )

    @cached_property
    def elsewhere(self) -> lambda_.Function:
        """A function of another stack."""
        other = World(self.folder)
        return other.function

    def queue(self, id: str = "Queue", **props: Any) -> sqs.Queue:  # noqa: A002 - the CDK's word
        """A queue that rests long enough for ``function``."""
        return sqs.Queue(self.stack, id, **{"visibility_timeout": SECONDS(120)} | props)

    @cached_property
    def resting(self) -> sqs.Queue:
        """A queue as ``function`` needs it."""
        return self.queue("Resting")

    @cached_property
    def fifo(self) -> sqs.Queue:
        """A FIFO queue."""
        return self.queue("Fifo", fifo=True)

    @cached_property
    def topic(self) -> sns.Topic:
        """A standard topic."""
        return sns.Topic(self.stack, "Topic")

    @cached_property
    def bucket(self) -> s3.Bucket:
        """A bucket of this application."""
        return s3.Bucket(self.stack, "Bucket")

    def table(self, **props: Any) -> dynamodb.Table:
        """A table, with a stream where it is given one."""
        key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
        return dynamodb.Table(self.stack, "Table", partition_key=key, **props)

    def file(self, name: str, content: bytes | str = "", mode: int = 0o644) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return path


@dataclass(frozen=True)
class WrongUse:
    """One mistake.

    Attributes:
        name: the mistake, in words.
        id: the answer's.
        make: makes the mistake.
        fragments: what the answer says of it.
        at_the_end: whether it is known only when everything has been put together.
    """

    name: str
    id: str
    make: Callable[[World], object]
    fragments: tuple[str, ...]
    at_the_end: bool = False


def wrong(name: str, id: str, make: Callable[[World], object], *fragments: str) -> WrongUse:  # noqa: A002 - the project's word
    """A mistake that is answered where it is made."""
    return WrongUse(name, id, make, fragments)


def wrong_at_the_end(name: str, id: str, make: Callable[[World], object], *fragments: str) -> WrongUse:  # noqa: A002 - likewise
    """A mistake that is answered when the application is synthesised."""
    return WrongUse(name, id, make, fragments, at_the_end=True)


def each(uses: list[WrongUse]) -> pytest.MarkDecorator:
    """Runs a test for every use, under its name."""
    return pytest.mark.parametrize("use", uses, ids=[use.name.replace(" ", "-") for use in uses])


def answer_to(use: WrongUse, world: World) -> str:
    """What the user gets to read."""
    if use.at_the_end:
        use.make(world)
        return "\n".join(_errors(world.stack))
    with pytest.raises(ThawError) as caught:
        use.make(world)
    return "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])


def _errors(stack: cdk.Stack) -> list[str]:
    """The errors that the CDK CLI would end with."""
    root = stack.node.root
    assert isinstance(root, cdk.App)
    root.synth()
    noted = (entry for construct in stack.node.find_all() for entry in construct.node.metadata)
    return [str(entry.data) for entry in noted if entry.type == "aws:cdk:error"]


def assert_refused(use: WrongUse, folder: Path) -> None:
    """The answer has the id, the construct's path, what was received, what is allowed, and what to do."""
    world = World(folder, shared=not use.at_the_end)
    world.file("hello/handler.py", "def handle(event, context): ...")
    answer = answer_to(use, world)
    assert answer.startswith(f"{use.id}: "), answer
    parts = (world.path, "\n  received: ", "\n  allowed: ", "\n  change: ")
    assert [part for part in (*parts, *use.fragments) if part not in answer] == [], answer

"""Wrong types and the CDK's refusals, as every construct says them."""

import enum
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.constructors import checked, fits
from constructs_lib.errors import RefusedByCdkError, WrongPropError
from tests.synthesis import new_app

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip
from aws_cdk import aws_logs as logs  # isort: skip
from aws_cdk import aws_sqs as sqs  # isort: skip
from constructs import Construct  # isort: skip


class Word(enum.StrEnum):
    """Two words."""

    ONE = "one"
    TWO = "two"


@checked
class Thing(Construct):
    """Uses its props as constructs do."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        source: Path | None = None,
        wait: cdk.Duration | None = None,
        names: Sequence[str] = (),
        is_open: bool = False,
        word: Word | None = None,
        queue: sqs.IQueue | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.word = word
        if source is not None:
            source.is_dir()
        if wait is not None:
            sqs.Queue(self, "Waiting", delivery_delay=wait)
        if queue is not None:
            sqs.Queue(self, "Queue", dead_letter_queue=sqs.DeadLetterQueue(queue=queue, max_receive_count=1))
        if names:
            self.node.add_metadata(names[0], is_open)


@pytest.fixture(scope="module")
def app() -> cdk.App:
    return new_app()


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, f"Stack{len(app.node.children)}")


@pytest.mark.parametrize(
    ("props", "received", "allowed", "change"),
    [
        ({"source": "code"}, "'code', of type str", "pathlib.Path or None", "write pathlib.Path('code')"),
        ({"wait": 30}, "30, of type int", "aws_cdk.Duration or None", "write aws_cdk.Duration.seconds(30)"),
        ({"names": "one"}, "'one', of type str", "Sequence of str", "write ['one']"),
        ({"is_open": "no"}, "'no', of type str", "bool", "correct is_open"),
        ({"word": "three"}, "'three', of type str", "one, two or None", "correct word"),
        ({"queue": "orders"}, "'orders', of type str", "aws_sqs.IQueue or None", "correct queue"),
    ],
)
def test_a_wrong_type_is_an_error_that_says_what_was_probably_meant(
    props: dict[str, Any], received: str, allowed: str, change: str, stack: cdk.Stack
) -> None:
    with pytest.raises(WrongPropError) as caught:
        Thing(stack, "Thing", **props)
    [name] = props
    assert caught.value.what == f"{stack.node.id}/Thing has a {name} of the wrong type"
    assert (caught.value.received, caught.value.allowed, caught.value.change) == (received, allowed, change)


def test_what_is_right_is_taken(stack: cdk.Stack) -> None:
    other = Thing(stack, "Other", word="two")  # type: ignore[arg-type]
    queue = sqs.Queue(stack, "Queue")
    assert other.word == Word.TWO
    Thing(
        stack, "Thing", source=Path(), wait=cdk.Duration.seconds(1), names=("a",), is_open=True, queue=queue
    )


def test_the_cdks_refusal_is_one_line(stack: cdk.Stack) -> None:
    Thing(stack, "Thing")
    with pytest.raises(RefusedByCdkError) as caught:
        Thing(stack, "Thing")
    what, received, _, change = str(caught.value).splitlines()
    assert what == f"THAW059: {stack.node.id}/Thing is refused by the CDK"
    assert received.startswith("  received: There is already a Construct with name 'Thing'")
    assert change == "  change: correct what the CDK names"


def test_a_fault_that_no_type_explains_stays_what_it_is(stack: cdk.Stack) -> None:
    @checked
    class Faulty(Construct):
        def __init__(self, scope: Construct, id: str) -> None:  # noqa: A002 - the CDK's word
            super().__init__(scope, id)
            raise TypeError("a bug")

    with pytest.raises(TypeError, match="a bug"):
        Faulty(stack, "Faulty")


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        (None, int | None, True),
        (None, int, False),
        (1.5, int, True),  # a token may be a float
        (True, bool, True),
        (1, bool, False),
        ({"a": 1}, Mapping[str, int], True),
        ({"a": "b"}, Mapping[str, int], False),
        (["a"], Sequence[str], True),
        ("a", Sequence[str], False),
        ([1.0], Sequence[str], False),
        (("a", 1), tuple[str, int], True),
        (("a",), tuple[str, int], False),
        (object(), Any, True),
        (lambda_.Runtime.PYTHON_3_13, lambda_.Runtime, True),
        ("python3.13", lambda_.Runtime, False),
        (logs.RetentionDays.ONE_DAY, logs.RetentionDays | None, True),
        (1, logs.RetentionDays | None, False),
    ],
)
def test_a_value_fits_its_annotation(value: object, hint: Any, expected: bool) -> None:  # noqa: FBT001 - a table
    assert fits(value, hint) is expected

"""No figure outside of its range gets past a construct, whichever figure it is."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wrong_uses import SECONDS, World

from constructs_lib import DynamoDbStreamTrigger, SnsTrigger, SqsTrigger, ThawError

from aws_cdk import aws_dynamodb as dynamodb  # isort: skip

OPERATIONS = {
    "memory_size": (128, 10_240),
    "reserved_concurrent_executions": (0, 1_000_000),
    "retry_attempts": (0, 2),
}
DURATIONS = {"timeout": (1, 900), "max_event_age": (60, 21_600)}
OF_QUEUES = {"batch_size": (1, 10), "max_concurrency": (2, 1_000)}  # more than 10 need a window
OF_STREAMS = {"batch_size": (1, 10_000), "retry_attempts": (0, 10_000), "parallelization_factor": (1, 10)}

# A world is not changed by what is refused.
ONE_WORLD = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outside(low: int, high: int, *, least: int | None = None) -> st.SearchStrategy[int]:
    return st.integers(min_value=least, max_value=low - 1) | st.integers(min_value=high + 1, max_value=10**12)


def assert_refused(world: World, make: Any, prop: str, value: object) -> None:
    with pytest.raises(ThawError) as caught:
        make(**{prop: value})
    assert all(
        part in str(caught.value) for part in (world.path, prop, "received: ", "allowed: ", "change: ")
    )


@pytest.fixture
def world(tmp_path: Any) -> World:
    world = World(tmp_path)
    world.file("hello/handler.py", "def handle(event, context): ...")
    return world


@pytest.mark.parametrize("prop", OPERATIONS)
@ONE_WORLD
@given(data=st.data())
def test_a_figure_of_a_function(prop: str, world: World, data: st.DataObject) -> None:
    assert_refused(world, world.custom, prop, data.draw(outside(*OPERATIONS[prop])))


@pytest.mark.parametrize("prop", DURATIONS)
@ONE_WORLD
@given(data=st.data())
def test_a_duration_of_a_function(prop: str, world: World, data: st.DataObject) -> None:
    seconds = data.draw(outside(*DURATIONS[prop], least=0))
    assert_refused(world, world.custom, prop, SECONDS(seconds))


@pytest.mark.parametrize("prop", OF_QUEUES)
@pytest.mark.parametrize("trigger", [SqsTrigger, SnsTrigger])
@ONE_WORLD
@given(data=st.data())
def test_a_figure_of_what_feeds_from_a_queue(
    trigger: Any, prop: str, world: World, data: st.DataObject
) -> None:
    source = {"topic": world.topic} if trigger is SnsTrigger else {"queue": world.resting}
    figure = data.draw(outside(*OF_QUEUES[prop]))
    assert_refused(
        world,
        lambda **props: trigger(world.stack, "Thing", function=world.function, **source, **props),
        prop,
        figure,
    )


@pytest.mark.parametrize("prop", OF_STREAMS)
def test_a_figure_of_a_stream(prop: str, world: World) -> None:
    table = world.table(stream=dynamodb.StreamViewType.NEW_IMAGE)

    @ONE_WORLD
    @given(outside(*OF_STREAMS[prop]))
    def refused(figure: int) -> None:
        assert_refused(
            world,
            lambda **props: DynamoDbStreamTrigger(
                world.stack, "Thing", function=world.function, table=table, **props
            ),
            prop,
            figure,
        )

    refused()

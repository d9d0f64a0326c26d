"""``load``: for how long a result is kept."""

import re

import pytest
from config_schemas import Settings
from config_world import World
from thaw_runtime.config import ConfigError


def test_a_result_is_kept_and_nothing_is_read_again(everywhere: World) -> None:
    first = everywhere.load(Settings)
    everywhere.override({"database": {"host": "changed"}})
    everywhere.later(1e9)
    assert everywhere.load(Settings) is first


def test_two_classes_share_one_reading(everywhere: World) -> None:
    assert everywhere.load(Settings).database.host == everywhere.load().database.host
    assert len(everywhere.aws.asked) == 3


def test_after_the_interval_everything_is_read_again(everywhere: World) -> None:
    everywhere.set(THAW_CONFIG_REFRESH="60")
    first = everywhere.load(Settings)
    everywhere.override({"database": {"host": "changed"}})
    everywhere.later(59)
    assert everywhere.load(Settings) is first
    everywhere.later(60)
    assert everywhere.load(Settings).database.host == "changed"


@pytest.mark.parametrize(
    ("content", "fault", "said"),
    [
        (b"{", "", "line 1, column 2"),
        (b'{"retries": "many"}', "", "retries .*: must be a whole number"),
        (b"{}", "AccessDenied", "cannot be read: AccessDenied"),
    ],
)
def test_what_was_read_stays_with_a_warning_where_it_cannot_be_read_again(
    everywhere: World, content: bytes, fault: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    everywhere.set(THAW_CONFIG_REFRESH="60")
    first = everywhere.load(Settings)
    everywhere.aws.objects["/bucket/prod/config.json"] = content
    everywhere.aws.faults["s3"] = fault
    everywhere.later(60)
    assert everywhere.load(Settings) is first
    error = capsys.readouterr().err
    assert error.startswith("[WARNING] thaw_runtime.config: the configuration stays as it was")
    assert error.count("\n") == 1
    assert re.search(said, error)


def test_a_refresh_that_failed_is_tried_again_an_interval_later(everywhere: World) -> None:
    everywhere.set(THAW_CONFIG_REFRESH="60")
    everywhere.load(Settings)
    everywhere.override({"database": {"host": "changed"}})
    everywhere.aws.faults["ssm"] = "AccessDeniedException"
    everywhere.later(60)
    everywhere.load(Settings)
    everywhere.aws.faults.clear()
    everywhere.later(60)
    assert everywhere.load(Settings).database.host == "changed"


def test_a_first_reading_that_failed_is_tried_again_at_once(everywhere: World) -> None:
    everywhere.aws.faults["secretsmanager"] = "AccessDeniedException"
    with pytest.raises(ConfigError):
        everywhere.load(Settings)
    everywhere.aws.faults.clear()
    assert everywhere.load(Settings).retries == 1

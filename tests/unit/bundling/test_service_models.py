"""botocore keeps everything that a client goes by, and loses what only its generator of documentation reads."""

import gzip
import json
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.bundling.service_models import shrink, without_sentences

DATA = Path(botocore.__file__).parent / "data"
KEYS = st.text() | st.sampled_from(["documentation", 'x"documentation', "documentation\\"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(KEYS, values, max_size=3),
    max_leaves=8,
)


def expected(value: Any) -> Any:
    """The same value, with a dash wherever a key named documentation has a string."""
    if isinstance(value, dict):
        return {
            key: "-" if key == "documentation" and isinstance(item, str) else expected(item)
            for key, item in value.items()
        }
    return [expected(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=60)
@given(JSON, st.sampled_from([None, 0, 2]), st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : ")]))
def test_whatever_the_json_only_strings_of_documentation_change(
    value: Any, indent: int | None, separators: tuple[str, str]
) -> None:
    text = json.dumps(value, indent=indent, separators=separators)
    assert json.loads(without_sentences(text.encode())) == expected(value)


@pytest.mark.parametrize("service", ["s3", "dynamodb", "sqs"])
def test_a_real_model_says_the_same_otherwise(service: str) -> None:
    file = next(DATA.glob(f"{service}/*/service-2.json.gz"))
    model = gzip.decompress(file.read_bytes())
    shrunk = without_sentences(model)
    assert json.loads(shrunk) == expected(json.loads(model))
    assert len(shrunk) < len(model) / 2


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A botocore with the data of one service, as installed and then shrunk."""
    packages = tmp_path_factory.mktemp("packages")
    source = next(DATA.glob("sqs/*"))
    target = packages / "botocore" / "data" / "sqs" / source.name
    target.mkdir(parents=True)
    for file in source.iterdir():
        # As uv does: the installed file and that of its cache are one.
        (target / file.name).hardlink_to(_copied(file, packages.parent / "cache" / file.name))
    (target / "examples-1.json").write_text("{}")
    shrink(packages)
    return packages


def _copied(file: Path, copy: Path) -> Path:
    copy.parent.mkdir(exist_ok=True)
    copy.write_bytes(file.read_bytes())
    return copy


def test_what_is_installed_from_a_cache_leaves_the_cache_as_it_is(packages: Path) -> None:
    cached = packages.parent / "cache" / "service-2.json.gz"
    assert cached.read_bytes() == next(DATA.glob("sqs/*/service-2.json.gz")).read_bytes()


def test_examples_are_left_out(packages: Path) -> None:
    assert list(packages.rglob("examples-1.json")) == []


def test_docstrings_of_clients_can_still_be_made(packages: Path) -> None:
    session = botocore.session.Session()
    session.set_config_variable("data_path", str(packages / "botocore" / "data"))
    credentials = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    client = session.create_client("sqs", region_name="eu-west-1", **credentials)
    assert ":param QueueUrl: **[REQUIRED]** -" in str(client.send_message.__doc__)


def test_packages_without_botocore_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    shrink(tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["other"]

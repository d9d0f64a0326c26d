"""How an example is read out of a page."""

from pathlib import Path

import pytest

from docs.tools.examples import Example, ExampleError, parse, unpack

APPLICATION = "```python\nimport aws_cdk as cdk\napp = cdk.App()\napp.synth()\n```\n"


def page(*blocks: str) -> str:
    return "\n".join(["# Thing\n", *blocks])


def test_the_application_is_the_block_that_ends_with_its_synthesis() -> None:
    other = "```python\nprint('another block')\n```\n"
    example = parse("thing", page(other, APPLICATION))
    assert (example.title, example.code) == ("Thing", "import aws_cdk as cdk\napp = cdk.App()\napp.synth()\n")


@pytest.mark.parametrize("blocks", [[], [APPLICATION, APPLICATION]], ids=["none", "two"])
def test_a_page_has_one_application(blocks: list[str]) -> None:
    with pytest.raises(ExampleError, match="not one"):
        parse("thing", page(*blocks))


@pytest.mark.parametrize(
    "block",
    [
        "```python\n# functions/a/file\nrest\n```\n",
        "```rust\n// functions/a/file\nrest\n```\n",
        "```c\n/* functions/a/file */\nrest\n```\n",
        '```json title="functions/a/file"\nrest\n```\n',
    ],
    ids=["Python", "Rust", "C", "title"],
)
def test_a_block_that_says_its_path_is_a_file(block: str) -> None:
    [(path, content)] = parse("thing", page(APPLICATION, block)).files.items()
    assert path == "functions/a/file"
    assert content.endswith("rest\n")


def test_a_block_that_says_no_path_is_no_file() -> None:
    assert parse("thing", page(APPLICATION, "```python\n# a remark\npass\n```\n")).files == {}


def test_pages_may_show_the_same_file(tmp_path: Path) -> None:
    unpack([Example(name, name, "", {"functions/a/handler.py": "same"}) for name in "ab"], tmp_path)
    assert (tmp_path / "functions" / "a" / "handler.py").read_text() == "same"


def test_pages_do_not_show_different_files_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(ExampleError, match="a and b differ in functions/a/handler"):
        unpack([Example(name, name, "", {"functions/a/handler.py": name}) for name in "ab"], tmp_path)

"""The examples of the page about streaming stream what they say."""

import re
from pathlib import Path
from typing import Any

import pytest
from thaw_runtime.streaming import Stream

PAGE = Path(__file__).parents[3] / "docs" / "streaming.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
SENT = (
    b"4\r\n0,0\n\r\n4\r\n1,1\n\r\n0\r\n\r\n",
    b"2\r\n0\n\r\n2\r\n1\n\r\n0\r\n\r\n",
    b"5\r\n<li>0\r\n5\r\n<li>1\r\n5\r\n</ul>\r\n0\r\n\r\n",
    b"2\r\n0\n\r\n2\r\n1\n\r\n0\r\n\r\n",
)


@pytest.mark.parametrize(("code", "expected"), [*zip(EXAMPLES, SENT, strict=True)])
def test_an_example_streams(code: str, expected: bytes) -> None:
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - an example of ours
    stream = Stream.of(names["handle"]({"rows": 2}, None), "id")
    assert stream is not None
    stream.begin()
    assert expected in b"".join(stream.pieces(b""))

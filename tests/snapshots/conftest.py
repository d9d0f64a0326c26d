"""Templates as files to review, one for each stack: ``__snapshots__/test_templates/*.template.json``."""

import json
import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

# What changes with every change of a function's code, and says nothing about the infrastructure.
ASSET_HASH = re.compile(r"\b[0-9a-f]{64}\b")
VERSION_ID = re.compile(r"(CurrentVersion)[0-9A-F]{8}[0-9a-f]{32}")


class TemplateExtension(SingleFileSnapshotExtension):
    """One readable file for each template."""

    file_extension = "template.json"
    _write_mode = WriteMode.TEXT

    def serialize(self, data: Any, **_: Any) -> str:
        """The template as sorted, indented JSON without what changes with the code of a function."""
        text = json.dumps(data, indent=2, sort_keys=True)
        return VERSION_ID.sub(r"\1", ASSET_HASH.sub("ASSET-HASH", text)) + "\n"


@pytest.fixture
def templates(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """The reviewed templates."""
    return snapshot.use_extension(TemplateExtension)

"""Functions that have their runtime in a layer run on the local cloud, where nothing can be put at /opt."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.bundling import LayerRecipe, OnLayerRecipe, Start, build
from tests import builds
from thaw_cli.local.aws import ACCOUNT
from thaw_cli.local.cloud import Cloud

# Answers with where it is executed, and what it can import.
HANDLER = """
import os, idna, six
def handle(event, context):
    return [event, os.path.basename(os.readlink("/proc/self/exe")), six.__version__, idna.__name__]
"""
Invoke = Callable[[LayerRecipe], Any]


@pytest.fixture
def invoke(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Invoke]:
    """Deploys a function on a layer and invokes it once."""
    monkeypatch.setenv("THAW_CACHE", str(builds.shared_cache()))
    client = cloud.aws.client("lambda")
    with ExitStack() as deployed:

        def invoke(layer: LayerRecipe) -> Any:
            source = builds.function(tmp_path / "function", handler=HANDLER)
            (source / "requirements.txt").write_text("idna\n")
            function = build(OnLayerRecipe(source=source, handler="handler.handle", layer=layer))
            version = client.publish_layer_version(
                LayerName="runtime", Content={"ZipFile": build(layer).archive.read_bytes()}
            )
            client.create_function(
                FunctionName="layered",
                Runtime="provided.al2023",
                Role=f"arn:aws:iam::{ACCOUNT}:role/any",
                Handler="handler.handle",
                Code={"ZipFile": function.archive.read_bytes()},
                Layers=[version["LayerVersionArn"]],
                Timeout=30,
            )
            deployed.callback(client.delete_function, FunctionName="layered")
            return json.load(client.invoke(FunctionName="layered", Payload=b"[1]")["Payload"])

        yield invoke


@pytest.mark.parametrize(
    ("start", "executed"), [(Start.PORTABLE, "ld-linux-x86-64.so.2"), (Start.SNAPSHOT, "bootstrap")]
)
def test_a_function_runs_on_its_layer(invoke: Invoke, tmp_path: Path, start: Start, executed: str) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("six==1.16.0\n")
    answer = invoke(LayerRecipe(requirements=requirements, start=start))
    assert answer == [[1], executed, "1.16.0", "idna"]

"""The files behind functions, as a cloud assembly has them."""

import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cloudformation import function, resource

from constructs_lib.checks import Finding, Stack, assets, check_together

SCRIPT = b"#!/bin/sh\nexec true\n"


def elf(machine: int) -> bytes:
    """A static program of no segments."""
    identity = b"\x7fELF\x02\x01\x01"
    return struct.pack("<16sHHIQQQIHHHHHH", identity, 2, machine, 1, 0, 64, 0, 0, 64, 56, 0, 64, 0, 0)


def folder(tmp_path: Path, content: bytes | None, mode: int = 0o755) -> Path:
    code = tmp_path / "asset"
    code.mkdir()
    if content is not None:
        (code / "bootstrap").write_bytes(content)
        (code / "bootstrap").chmod(mode)
    return code


def archive(tmp_path: Path, content: bytes | None, mode: int = 0o755) -> Path:
    code = tmp_path / "asset.zip"
    with zipfile.ZipFile(code, "w") as opened:
        opened.writestr("data", "-")
        if content is not None:
            member = zipfile.ZipInfo("bootstrap")
            member.external_attr = mode << 16
            opened.writestr(member, content)
    return code


def found(code: Path, **properties: Any) -> list[Finding]:
    deployed = function(**{"Runtime": "provided.al2023", "Code": {"S3Key": "code"}} | properties)
    return list(
        check_together([Stack("Stack", {"Resources": {"Function": deployed}}, assets={"code": code})])
    )


@pytest.mark.parametrize("make", [folder, archive])
@pytest.mark.parametrize(
    ("content", "mode", "received"),
    [
        (None, 0o755, "no file bootstrap"),
        (SCRIPT, 0o644, "without the executable bit"),
        (b"#!/bin/sh\r\nexec true\r\n", 0o755, "Windows line ends"),
        (b"exec true\n", 0o755, "a file that begins b'exec true"),
        (elf(183), 0o755, "an executable for arm64"),
        (elf(40), 0o755, "an executable for "),
    ],
)
def test_a_bootstrap_that_cannot_be_started_is_found(
    make: Any, content: bytes | None, mode: int, received: str, tmp_path: Path
) -> None:
    [finding] = found(make(tmp_path, content, mode))
    assert (finding.id, received in finding.received) == ("THAW175", True)


@pytest.mark.parametrize("make", [folder, archive])
@pytest.mark.parametrize(
    ("content", "architecture"), [(SCRIPT, "x86_64"), (elf(62), "x86_64"), (elf(183), "arm64")]
)
def test_a_bootstrap_that_can_be_started_is_right(
    make: Any, content: bytes, architecture: str, tmp_path: Path
) -> None:
    assert found(make(tmp_path, content), Architectures=[architecture]) == []


def test_a_managed_runtime_needs_no_bootstrap(tmp_path: Path) -> None:
    assert found(folder(tmp_path, None), Runtime="python3.13") == []


def test_a_layer_may_bring_the_bootstrap(tmp_path: Path) -> None:
    assert (
        found(folder(tmp_path, None), Layers=["arn:aws:lambda:eu-north-1:123456789012:layer:runtime:1"]) == []
    )


def test_what_is_no_archive_is_found(tmp_path: Path) -> None:
    (tmp_path / "asset.zip").write_text("not a zip")
    [finding] = found(tmp_path / "asset.zip")
    assert "code that cannot be read" in finding.received


def test_what_is_not_at_hand_is_not_judged(tmp_path: Path) -> None:
    assert found(tmp_path / "missing") == []


def test_code_and_layers_together_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "UNZIPPED_BYTES", 3 * len(SCRIPT))
    code, content = folder(tmp_path, SCRIPT), archive(tmp_path, SCRIPT * 2)
    layer = resource("AWS::Lambda::LayerVersion", {"Content": {"S3Key": "layer"}})
    layered = function(Runtime="provided.al2023", Code={"S3Key": "code"}, Layers=[{"Ref": "Layer"}])
    stack = Stack(
        "Stack", {"Resources": {"Function": layered, "Layer": layer}}, assets={"code": code, "layer": content}
    )
    assert [each.id for each in check_together([stack])] == ["THAW176"]
    monkeypatch.setattr(assets, "UNZIPPED_BYTES", 3 * len(SCRIPT) + 1)
    assert list(check_together([stack])) == []

"""A cloud assembly, the folder that ``cdk synth`` leaves: its templates, their assets, what was acknowledged."""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from constructs_lib.checks.errors import NotAnAssemblyError
from constructs_lib.checks.findings import Finding
from constructs_lib.checks.resources import Stack
from constructs_lib.checks.values import items, known_text, mapping, text

MANIFEST = "manifest.json"
_STACK, _STAGE, _ASSETS = "aws:cloudformation:stack", "cdk:cloud-assembly", "cdk:asset-manifest"
_NESTED_STACK = "AWS::CloudFormation::Stack"
_ACKNOWLEDGED, _LOGICAL_ID = "aws:cdk:acknowledged-rules", "aws:cdk:logicalId"

# Ids that were acknowledged, by the path of the construct that they hold for and for all below.
Acknowledged = Mapping[str, set[str]]


class Assembly:
    """One folder with a manifest; stages have assemblies of their own, in folders below.

    Args:
        folder: the folder of ``manifest.json``.

    Raises:
        NotAnAssemblyError: there is none, or it is not one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        artifacts = mapping(_read(folder / MANIFEST).get("artifacts"))
        self._artifacts = {name: mapping(artifact) for name, artifact in artifacts.items()}

    def stacks(self) -> Iterator[Stack]:
        """Its stacks, nested ones included."""
        for name, properties in self._of(_STACK):
            file = self._folder / str(properties.get("templateFile"))
            stack_name = text(properties.get("stackName")) or name
            paths = _paths(self._metadata[name])
            yield from _with_nested(Stack(stack_name, _read(file), str(file), None, self._assets, paths))

    def acknowledged(self) -> Acknowledged:
        """What was acknowledged; what was on the application itself or on a stage is not in an assembly."""
        found: dict[str, set[str]] = {}
        for metadata in self._metadata.values():
            for path, data in _entries(metadata, _ACKNOWLEDGED):
                found.setdefault(path, set()).update(mapping(data))
        return found

    def _of(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, artifact in self._artifacts.items():
            if artifact.get("type") == kind:
                yield name, mapping(artifact.get("properties"))

    def with_stages(self) -> "Iterator[Assembly]":
        """This assembly and those of the stages in it."""
        yield self
        for _, properties in self._of(_STAGE):
            yield from Assembly(self._folder / str(properties.get("directoryName"))).with_stages()

    @cached_property
    def _assets(self) -> Mapping[str, Path]:
        """Files by their keys in the assets' bucket."""
        found = {}
        for _, properties in self._of(_ASSETS):
            files = mapping(_read(self._folder / str(properties.get("file"))).get("files"))
            for asset in files.values():
                path = text(mapping(mapping(asset).get("source")).get("path"))
                for destination in mapping(mapping(asset).get("destinations")).values():
                    key = text(mapping(destination).get("objectKey"))
                    if path and key:
                        found[key] = self._folder / path
        return found

    @cached_property
    def _metadata(self) -> Mapping[str, Mapping[str, Any]]:
        """What the CDK noted of the constructs of each stack."""
        found = {}
        for name, _ in self._of(_STACK):
            artifact = self._artifacts[name]
            file = text(artifact.get("additionalMetadataFile"))
            found[name] = {
                **mapping(artifact.get("metadata")),
                **(_read(self._folder / file) if file else {}),
            }
        return found


def is_acknowledged(finding: Finding, acknowledged: Acknowledged, *namespaces: str) -> bool:
    """Whether the finding's construct, or one above it, acknowledges its id, written after one of the namespaces."""
    ids = {f"{namespace}::{finding.id}" for namespace in namespaces}
    parts = finding.path.split("/")
    above = ("/".join(parts[:count]) for count in range(len(parts), 0, -1))
    return any(not ids.isdisjoint(acknowledged.get(path, ())) for path in above)


def _entries(metadata: Mapping[str, Any], kind: str) -> Iterator[tuple[str, object]]:
    """Construct path and data of every note of a kind."""
    for path, entries in metadata.items():
        for entry in items(entries):
            if mapping(entry).get("type") == kind:
                yield path.removeprefix("/"), mapping(entry).get("data")


def _paths(metadata: Mapping[str, Any]) -> Mapping[str, str]:
    """The constructs' paths by logical id, without the ids that a nested stack has too."""
    found: dict[str, str] = {}
    twice = set()
    for path, logical_id in _entries(metadata, _LOGICAL_ID):
        if isinstance(logical_id, str):
            if logical_id in found:
                twice.add(logical_id)
            found[logical_id] = path
    return {logical_id: path for logical_id, path in found.items() if logical_id not in twice}


def _with_nested(stack: Stack) -> Iterator[Stack]:
    yield stack
    for resource in stack.resources.values():
        if resource.kind == _NESTED_STACK:
            path = stack.assets.get(known_text(resource.get("TemplateURL")).rpartition("/")[2])
            if path is not None and path.is_file():
                name, parent = f"{stack.name}/{resource.logical_id}", (resource.logical_id, stack)
                yield from _with_nested(
                    Stack(name, _read(path), str(path), parent, stack.assets, stack.paths)
                )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _no_assembly(path, error) from error
    if not isinstance(content, Mapping):
        raise _no_assembly(path, "JSON that is no object")
    return content


def _no_assembly(path: Path, received: object) -> NotAnAssemblyError:
    return NotAnAssemblyError(
        f"{path} cannot be read as a part of a cloud assembly",
        received=received,
        allowed="the folder that cdk synth writes, with its manifest.json and templates",
        change="run cdk synth, and name its output folder (cdk.out)",
    )

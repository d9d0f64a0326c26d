"""The same layers on a base of the user's choice: a folder that an engine builds."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from constructs_lib.bundling import cache
from constructs_lib.bundling.oci.layers import Part
from constructs_lib.bundling.oci.recipe import ENTRYPOINT


def write(folder: Path, parts: Iterable[Part], start: Mapping[str, Any], base: str) -> None:
    """Writes a Dockerfile and what it copies into an empty folder.

    Args:
        folder: the context of the build.
        parts: what the layers consist of, lowest first; of the system only the way in is taken, a base brings the rest.
        start: of a container: Entrypoint, Cmd, Env, WorkingDir, Labels.
        base: the name of the image to start from.
    """
    copied = []
    for part in parts:
        for path in part.paths:
            if part.name != "system" or path == ENTRYPOINT[1:]:
                cache.link_file(part.root / path, folder / part.name / path)
        copied.append(f'COPY ["{part.name}/", "/"]')
    (folder / "Dockerfile").write_text("\n".join([f"FROM {base}", *copied, *_instructions(start), ""]))


def _instructions(start: Mapping[str, Any]) -> Iterator[str]:
    for variable in start["Env"]:
        name, value = variable.split("=", 1)
        if name != "PATH":  # a base has its own
            yield f"ENV {name}={json.dumps(value)}"
    for name, value in start.get("Labels", {}).items():
        yield f"LABEL {name}={json.dumps(value)}"
    yield f"WORKDIR {start['WorkingDir']}"
    yield f"ENTRYPOINT {json.dumps(start['Entrypoint'])}"
    yield f"CMD {json.dumps(start['Cmd'])}"

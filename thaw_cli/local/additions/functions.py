"""Functions made of images: MiniStack's own workers start them, in the image's files or in a container.

To MiniStack such a function is one with an OS-only runtime and a zip, in which nothing but a ``bootstrap`` lies, a script that starts
``in_root`` or ``in_engine``. Its pools, timeouts, logs and concurrency are those of other functions.
"""

import io
import json
import os
import shlex
import sys
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

from thaw_cli.local.additions import Server, in_root
from thaw_cli.local.additions.images import ImageCache, Reference, Tree
from thaw_cli.local.additions.settings import Settings

_RUNTIME = "provided.al2023"
_HERE = Path(__file__).parent
# What MiniStack tells other functions; an image's own variables and its entry say it better.
_OF_THE_IMAGE = ("LAMBDA_TASK_ROOT", "_HANDLER")
Result = dict[str, Any]


def install(server: Server, settings: Settings) -> None:
    """Lets functions made of images run."""
    functions: Any = server["functions"]
    find = partial(_find, settings, server["registry"])
    # Nothing of them is public.
    others, environment = functions._execute_function_docker, functions._provided_worker_env  # noqa: SLF001
    update = functions._update_config  # noqa: SLF001

    def execute(function: dict[str, Any], event: Any, request: str) -> Result:
        config = function.get("config") or function
        if not _is_image(config):
            result: Result = others(function, event, request)
            return result
        image = find(config)
        if image is None:
            return _missing(config["ImageUri"])
        code = zipped(_script(settings, image, config))
        started = {**function, "config": {**config, "Runtime": _RUNTIME}, "code_zip": code}
        return explained(functions._execute_function_provided_warm(started, event, request))  # noqa: SLF001

    def environment_of(config: dict[str, Any], *more: Any) -> dict[str, str]:
        variables: dict[str, str] = environment(config, *more)
        return _variables(variables, config, find(config)) if _is_image(config) else variables

    def update_config(name: str, data: dict[str, Any]) -> Any:
        answer = update(name, data)
        if "ImageConfig" in data:
            # MiniStack knows of the other settings that a worker has to be started anew for.
            functions.invalidate_worker(name, qualifier="$LATEST")
        return answer

    functions._update_config = update_config  # noqa: SLF001
    functions._execute_function_docker = execute  # noqa: SLF001
    functions._provided_worker_env = environment_of  # noqa: SLF001


def _is_image(config: dict[str, Any]) -> bool:
    return config.get("PackageType") == "Image"


def _find(settings: Settings, registry: Any, config: dict[str, Any]) -> Tree | Reference | None:
    """The image's files; how the engine gets it; None where it is nowhere."""
    try:
        reference = Reference.of(config.get("ImageUri", ""))
    except ValueError:
        return None
    tree = None if settings.engine_only else ImageCache(Path(settings.images)).find(reference)
    if tree is not None:
        return tree
    identity = {"imageTag": reference.tag, "imageDigest": reference.digest}
    return reference if registry._find_image(reference.repository, identity) else None  # noqa: SLF001


def _image_config(config: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (config.get("ImageConfigResponse") or {}).get("ImageConfig") or {}
    return found


def _script(settings: Settings, image: Tree | Reference, config: dict[str, Any]) -> str:
    """What starts the function, as a program of a shell."""
    disk = str((config.get("EphemeralStorage") or {}).get("Size", 512))
    if isinstance(image, Tree):
        start = image.start.changed(_image_config(config))
        arguments = [str(image.root), disk, start.working_directory or "/", *start.entrypoint, *start.command]
        program = "in_root.py"
    else:
        plan = {
            "image": f"{settings.registry}/{image}",
            "memory_megabytes": config.get("MemorySize", 128),
            "disk_megabytes": disk,
            "start": _image_config(config),
        }
        arguments, program = ["run", settings.file, json.dumps(plan)], "in_engine.py"
    return f"#!/bin/sh\nexec {shlex.join([sys.executable, '-I', '-S', str(_HERE / program), *arguments])}\n"


def zipped(script: str) -> bytes:
    """A function's archive with this as its ``bootstrap``; the same bytes for the same script."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o100755 << 16
        archive.writestr(entry, script)
    return written.getvalue()


def _variables(
    variables: dict[str, str], config: dict[str, Any], image: Tree | Reference | None
) -> dict[str, str]:
    """The variables of a function without those of this server, which workers inherit; beneath them the image's."""
    own = (config.get("Environment") or {}).get("Variables") or {}
    of_lambda = {
        name: value
        for name, value in variables.items()
        if name in own or name.startswith("AWS_") or (name not in os.environ and name not in _OF_THE_IMAGE)
    }
    of_image = image.start.environment if isinstance(image, Tree) else {}
    return of_image | of_lambda


def explained(result: Result) -> Result:
    """A result in which a start that failed says why in one line, without what MiniStack says around it."""
    body = result.get("body")
    message = str(body.get("errorMessage", "")) if result.get("error") and isinstance(body, dict) else ""
    _, mark, told = message.partition(in_root.MARK)
    if not mark:
        return result
    kind, _, words = told.partition("\n")[0].partition(" ")
    return {**result, "body": {"errorType": kind, "errorMessage": words}}


def _missing(uri: str) -> Result:
    message = (
        f"the function's image is neither in the build cache nor in the local registry; received: {uri}; "
        "change: deploy again, so that the CDK builds it or pushes it"
    )
    return {"body": {"errorType": "Runtime.ImageNotFound", "errorMessage": message}, "error": True, "log": ""}

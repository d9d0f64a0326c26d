"""Functions that have their runtime in a layer.

Lambda starts ``/opt/bootstrap`` for a function without a ``bootstrap``. MiniStack, which attaches layers to functions on an OS-only
runtime and never unpacks them, says that there is nothing to start. Nobody but root could put something at /opt for one function
anyway, so the layers' files are put beside the function's, in the folder that is its task root.
"""

import io
import zipfile
from functools import lru_cache
from typing import Any

from thaw_cli.local.additions import Server
from thaw_cli.local.additions.settings import Settings

BOOTSTRAP = "bootstrap"


def install(server: Server, _settings: Settings) -> None:
    """Lets the workers of OS-only runtimes start with their layers."""
    functions: Any = server["functions"]
    worker: Any = server["runtime"].ProvidedWorker

    class Layered(worker):  # type: ignore[misc]  # of MiniStack there are no types
        def __init__(self, name: str, config: dict[str, Any], code: bytes) -> None:
            layers = [functions._resolve_layer_zip(layer) for layer in config.get("Layers") or ()]  # noqa: SLF001
            super().__init__(name, config, merged(code, *filter(None, layers)))

    server["runtime"].ProvidedWorker = Layered


@lru_cache(maxsize=8)
def merged(code: bytes, *layers: bytes) -> bytes:
    """One zip with a function's files and, where it has no bootstrap, those of its layers.

    Of files of one name the function's is taken, and of layers' the last one's, as Lambda has it.
    """
    if not layers or BOOTSTRAP in zipfile.ZipFile(io.BytesIO(code)).namelist():
        return code
    entries = {
        entry.filename: (archive, entry)
        for archive in (zipfile.ZipFile(io.BytesIO(each)) for each in (*layers, code))
        for entry in archive.infolist()
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as result:
        for archive, entry in entries.values():
            data = archive.read(entry)
            entry.compress_type = zipfile.ZIP_STORED
            result.writestr(entry, data)
    return written.getvalue()

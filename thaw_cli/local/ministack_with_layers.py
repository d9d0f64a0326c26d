"""MiniStack, with layers for functions that have their runtime in one: ``python -I -S ministack_with_layers.py FOLDER``.

Lambda starts ``/opt/bootstrap`` for a function without a ``bootstrap``. MiniStack, which attaches layers to functions on an OS-only
runtime and never unpacks them, says that there is nothing to start. Nobody but root could put something at /opt for one function
anyway, so the layers' files are put beside the function's, in the folder that is its task root.

``FOLDER`` has MiniStack and what it needs, and nothing else is importable: it finds exactly what its lock says.
"""

import io
import sys
import zipfile
from functools import lru_cache
from importlib import import_module
from typing import Any

BOOTSTRAP = "bootstrap"


def main(folder: str) -> None:
    """Runs the server until it is ended."""
    sys.path.insert(0, folder)
    runtime: Any = import_module("ministack.core.lambda_runtime")
    service: Any = import_module("ministack.services.lambda_svc")
    make = runtime.ProvidedWorker

    def make_with_layers(name: str, config: dict[str, Any], code: bytes) -> Any:
        layers = [service._resolve_layer_zip(layer) for layer in config.get("Layers") or ()]  # noqa: SLF001
        return make(name, config, merged(code, *filter(None, layers)))

    runtime.ProvidedWorker = make_with_layers
    sys.argv[1:] = []
    import_module("ministack.app").main()


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


if __name__ == "__main__":
    main(sys.argv[1])

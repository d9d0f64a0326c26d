"""MiniStack with our additions: ``python -I -S ministack_server.py FOLDER SETTINGS``.

``FOLDER`` has MiniStack and what it needs, and nothing else is importable but this project's command line, whose additions
need no more than the standard library: MiniStack finds exactly what its lock says. ``SETTINGS`` is a file of ``additions.settings``.
"""

import sys
from importlib import import_module, util
from pathlib import Path
from typing import Any

ADDITIONS = ("layers", "streams", "function_urls", "registry", "functions")


def main(folder: str, settings: str) -> None:
    """Runs the server until it is ended."""
    sys.path.insert(0, folder)
    make_importable(Path(__file__).parents[1])
    chosen = import_module("thaw_cli.local.additions.settings").Settings.load(Path(settings))
    server: dict[str, Any] = {
        "runtime": import_module("ministack.core.lambda_runtime"),
        "functions": import_module("ministack.services.lambda_svc"),
        "registry": import_module("ministack.services.ecr"),
    }
    for addition in ADDITIONS:
        import_module(f"thaw_cli.local.additions.{addition}").install(server, chosen)
    sys.argv[1:] = []
    import_module("ministack.app").main()


def make_importable(package: Path) -> None:
    """Makes one package importable, and nothing that lies beside it."""
    specification = util.spec_from_file_location(package.name, package / "__init__.py")
    if specification is None or specification.loader is None:
        raise ImportError(f"{package} is not a package")
    sys.modules[package.name] = module = util.module_from_spec(specification)
    specification.loader.exec_module(module)


if __name__ == "__main__":
    main(*sys.argv[1:])

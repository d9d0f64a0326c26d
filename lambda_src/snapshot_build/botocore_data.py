"""Keeps what botocore reads from its data files to make a client, for handlers that make one when they are imported.

For a layer, whose handlers are not known, that is what every client reads: where the services are, and which there are.

Reading and parsing the description of one service takes longer than everything else that making a client does, and
depends on nothing but the files. The trial run shows what a handler's clients read; the build reads it once more into a
loader, and the first session of an execution environment gets that loader in place of an empty one. It answers from what
it has for as long as it searches the same folders; a session with others finds it empty.
"""

import gc
import sys

# Any would do; this one's description is small.
SERVICE, REGION = "sts", "us-east-1"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def loaded() -> "list[dict[str, Any]]":
    """What loaders of this process were asked for, each with the folders that they searched."""
    module = sys.modules.get("botocore.loaders")
    if module is None:
        return []
    return [
        {"folders": list(each.search_paths), "asked": [list(key) for key in each._cache]}  # noqa: SLF001
        for each in gc.get_objects()
        if type(each) is module.Loader
    ]


def common() -> "list[dict[str, Any]]":
    """What is read to make any client of boto3; makes one, so it is for a process that is thrown away."""
    if "boto3" not in sys.modules:
        return []
    sys.modules["boto3"].client(SERVICE, region_name=REGION)
    return [{**read, "asked": [key for key in read["asked"] if not _is_of_service(key)]} for read in loaded()]


def _is_of_service(key: "list[Any]") -> bool:
    return any(str(part).partition("/")[0] == SERVICE for part in key)


def keep(reads: "list[dict[str, Any]]") -> None:
    """Reads again what a trial run has read, and gives it to the first session that asks for a loader."""
    if not reads or "botocore.session" not in sys.modules:
        return
    module: Any = sys.modules["botocore.loaders"]
    session: Any = sys.modules["botocore.session"]
    loader = module.Loader()
    folders = reads[0]["folders"]
    filled = module.Loader()
    filled.search_paths[:] = folders
    for read in reads:
        for name, *arguments in read["asked"]:
            _ask(filled, name, arguments)
    loader._cache = _Kept(filled._cache, loader, folders)  # noqa: SLF001 - there is no public way
    create = session.create_loader

    def create_loader(search_path_string: str | None = None) -> "Any":
        if search_path_string is not None:
            return create(search_path_string)
        session.create_loader = create
        return loader

    session.create_loader = create_loader


def _ask(loader: "Any", name: str, arguments: "list[Any]") -> None:
    # The loader's own form of a call: arguments in order, then names and values.
    named = {}
    if "api_version" in arguments:
        position = arguments.index("api_version")
        named = {"api_version": arguments[position + 1]}
        arguments = arguments[:position]
    try:  # noqa: SIM105 - contextlib would stay in the image
        getattr(loader, name)(*arguments, **named)
    except Exception:  # noqa: BLE001, S110 - what cannot be kept is read when it is asked for, and fails there
        pass


class _Kept(dict):  # type: ignore[type-arg]
    """What a loader has read, while it searches the folders in which that was found."""

    def __init__(self, kept: "dict[Any, Any]", loader: "Any", folders: list[str]) -> None:
        super().__init__(kept)
        self._loader, self._folders, self._settled = loader, folders, False

    def __contains__(self, key: object) -> bool:
        if not self._settled:
            self._settled = True
            if self._loader.search_paths != self._folders:
                self.clear()
        return super().__contains__(key)

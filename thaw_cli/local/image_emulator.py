"""A function's image on this machine, without an engine: its files become the root, and its entry starts."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from constructs_lib.bundling import oci
from constructs_lib.bundling.cache import cache_folder
from thaw_cli.errors import NamespacesRefusedError, ServerFailedError
from thaw_cli.local.additions import in_root
from thaw_cli.local.additions.images import ImageCache, Reference, Tree
from thaw_cli.local.emulator import Emulator

# Of the only place that can be written to, as Lambda gives it to a function that asks for no more.
DISK_MEGABYTES = 512


class ImageEmulator(Emulator):
    """Runs what a container of an image would run, in user and mount namespaces, for as long as the context lasts.

    ``/lambda-entrypoint`` finds no Lambda, as on every developer's machine, and starts the emulator that lies in the image; what
    an engine does by publishing a port the emulator's options do here.

    Args:
        tree: the files of an image with its emulator and without a base.
        folder: where the log goes; must exist.
        variables: the function's environment variables, beside those of the image.
        timeout: of an invocation, in seconds.
        port: where invocations are taken, on loopback. Default: a free one.
    """

    def __init__(
        self,
        tree: Tree,
        *,
        folder: Path,
        variables: Mapping[str, str],
        timeout: int,
        port: int | None = None,
    ) -> None:
        self._tree = tree
        super().__init__(
            tree.root,
            tree.start.command[-1],
            folder=folder,
            variables=variables,
            timeout=timeout,
            port=port,
        )

    def __enter__(self) -> Self:
        """Starts it.

        Raises:
            NamespacesRefusedError: this machine refuses namespaces.
            ServerFailedError: it did not start for another reason.
        """
        try:
            return super().__enter__()
        except ServerFailedError as error:
            if f"{in_root.MARK}{in_root.NO_NAMESPACES} " not in error.what:
                raise
            raise NamespacesRefusedError(
                "this machine does not let its users make user and mount namespaces, in which images run without an engine",
                change=f"{in_root.REMEDY}; or load the image of `thaw image build` into an engine",
            ) from error

    def _command(self) -> list[str]:
        start = self._tree.start
        entry, *arguments = start.entrypoint
        return [
            *entering(self._root, start.working_directory),
            *(entry, *self._options(), *arguments, *start.command),
        ]

    def _environment(self) -> dict[str, str]:
        known = super()._environment()
        timeout = {"AWS_LAMBDA_FUNCTION_TIMEOUT": known["AWS_LAMBDA_FUNCTION_TIMEOUT"]}
        return {**self._tree.start.environment, **timeout, **self._variables}


def tree_of(image: oci.Image) -> Tree:
    """The files of an image of this cache, and what starts in them."""
    tree = ImageCache(cache_folder() / "images").find(Reference("", image.fingerprint, None))
    if tree is None:
        raise LookupError(f"{image.fingerprint} is not in the cache")
    return tree


def entering(root: Path, folder: str) -> list[str]:
    """The beginning of a command line whose rest is executed where an image's files are the root.

    Args:
        root: the files, seen read-only.
        folder: the working folder in there.
    """
    return [sys.executable, "-I", "-S", in_root.__file__, str(root), str(DISK_MEGABYTES), folder]

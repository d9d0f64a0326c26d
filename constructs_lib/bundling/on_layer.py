"""What a function on a runtime layer must not do to it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from constructs_lib.bundling.artifact import Artifact
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.limits import UNZIPPED_BYTES, megabytes
from constructs_lib.bundling.stages import HOME


class PreloadedNameError(BundlingError):
    """A function brings a module that its layer's snapshot holds already, and which it would never get to see."""

    id = "THAW025"


class LayeredSizeError(BundlingError):
    """A function and its layer together are larger than Lambda unpacks."""

    id = "THAW026"


def check_names(function: str, root: Path, snapshot: Mapping[str, Any] | None) -> None:
    """Checks that every module that a function brings is one that an import will find.

    Its folders come first when something is imported, so that a package of its own takes the place of the layer's. But what
    the layer's snapshot holds is not looked for any more.

    Args:
        function: what the error calls it.
        root: the task root.
        snapshot: what is known of the layer's; None where it has none.

    Raises:
        PreloadedNameError: a module is in the snapshot already.
    """
    held: Mapping[str, str] = snapshot["modules"] if snapshot else {}
    # A module without a file is a namespace, which both may add to, or a part of the interpreter.
    taken = [
        file.relative_to(root)
        for folder in (root, root / HOME / "packages")
        for file in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if held.get(file.name.partition(".")[0])
    ]
    if taken:
        raise PreloadedNameError(
            f"{function} brings modules that the snapshot of its runtime layer holds already",
            received=", ".join(map(str, taken)),
            allowed="other modules and packages than those that the layer has preloaded, or the same versions of these",
            change="rename the handler's files; require the versions that the layer has; leave the package out of the layer's "
            'preload; or give the layer start="portable"',
        )


def check_sizes(function: str, artifact: Artifact, layer: Artifact) -> None:
    """Checks both against the limit of a function with its layers.

    Raises:
        LayeredSizeError: over 250 MB unzipped.
    """
    total = artifact.unzipped_bytes + layer.unzipped_bytes
    if total > UNZIPPED_BYTES:
        raise LayeredSizeError(
            f"{function} and its runtime layer are too large together",
            received=f"{megabytes(artifact.unzipped_bytes)} and {megabytes(layer.unzipped_bytes)} unzipped",
            allowed=f"at most {megabytes(UNZIPPED_BYTES)}",
            change="drop requirements that nothing imports, or deploy the function as a container image (10 GB)",
        )

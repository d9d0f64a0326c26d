"""Where the sources lie of what runs inside Lambda: in ``lambda_src`` of a checkout, or in the installed package.

The wheel has them in ``constructs_lib/_lambda_src``, all but ``thaw_runtime``, which is a package of its own there, so that
the tests and the type check of a handler that imports it find it.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE / "_lambda_src"
_CHECKOUT = _PACKAGE.parent / "lambda_src"

_SOURCES, THAW_RUNTIME = (
    (_INSTALLED, _PACKAGE.parent / "thaw_runtime")
    if _INSTALLED.is_dir()
    else (_CHECKOUT, _CHECKOUT / "thaw_runtime")
)
NATIVE = _SOURCES / "native"
SNAPSHOT_BUILD = _SOURCES / "snapshot_build"
# What lies beside the standard library of every artifact.
BUNDLED = (THAW_RUNTIME, _SOURCES / "snapshot_restore_py")
# What a build needs of this project: folders that have to lie beside each other.
EVERYTHING = (_PACKAGE, THAW_RUNTIME if _SOURCES == _INSTALLED else _CHECKOUT)

"""Replaces sources by bytecode: ``python -I -S -B -W ignore bytecode_only.py FOLDER SHOWN_AS < PATHS``.

``os.py`` becomes ``os.pyc`` in its place, where the import system takes it without looking for a source (PEP 3147, "legacy
pyc files"). Tracebacks name the paths below ``SHOWN_AS`` and the lines, without the lines' text. Docstrings become
empty, not None as with -OO, and assertions stay: code that appends to a docstring, and code that relies on an
assertion, work as ever.

Executed by the Python whose bytecode is to be made, of any supported version. ``PATHS`` are sources, relative to ``FOLDER``
and each ended by a zero byte, so that several processes can share the work.
"""

import ast
import importlib.util
import marshal
import sys
from pathlib import Path

# PEP 552: hash-based, and the source, which is not there, is not looked at.
UNCHECKED_HASH = (0b01).to_bytes(4, "little")
WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def main(folder: str, shown_as: str, paths: str) -> None:
    """Replaces sources below a folder; a file that does not compile stays as it is."""
    for path in paths.split("\0")[:-1]:
        source = Path(folder, path)
        try:
            bytecode = compiled(source.read_bytes(), f"{shown_as}/{path}")
        except (SyntaxError, ValueError):
            continue
        source.with_suffix(".pyc").write_bytes(bytecode)
        source.unlink()


def compiled(source: bytes, path: str) -> bytes:
    """The contents of a pyc file.

    Raises:
        SyntaxError, ValueError: it is no Python of this version.
    """
    tree = ast.parse(source, path)
    _empty_docstrings(tree)
    # marshal marks what is referred to more than once, which depends on what the process did before (bpo-34093); a
    # code object that was just read has no history.
    code = marshal.loads(marshal.dumps(compile(tree, path, "exec", dont_inherit=True)))  # noqa: S302 - made here
    header = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source)
    return header + marshal.dumps(code)


def _empty_docstrings(tree: ast.Module) -> None:
    # Down the statements alone: expressions, where most nodes are, have no docstrings. It is half of the time.
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, WITH_DOCSTRING) and (docstring := _docstring(node)):
            docstring.value = ""
        for block in BLOCKS:
            waiting.extend(getattr(node, block, ()))


def _docstring(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> ast.Constant | None:
    match node.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str()) as constant)]:
            return constant
    return None


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.stdin.read())

"""Whether a handler names something that is in the code, by the rules of each managed runtime.

Sources, one page for each language: https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html, ``nodejs-handler``,
``java-handler``, ``csharp-handler``, ``ruby-handler``.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.managed_code import ManagedCode

Files = Mapping[str, Callable[[], bytes]]
_CLASS_MAGIC = b"\xca\xfe\xba\xbe"
# The class format's number of Java 8; each later Java adds one.
_JAVA_8_FORMAT = 52


class HandlerError(BundlingError):
    """The handler is not of the form that its runtime takes, or names what is not in the code."""

    id = "THAW028"


@dataclass(frozen=True)
class Family:
    """How the runtimes of one language read a handler.

    Attributes:
        form: as a regular expression, which the handler matches whole.
        example: the same for people.
        files: of a match, the paths of which one has to be there; with ``*`` for any end.
    """

    form: str
    example: str
    files: Callable[[re.Match[str]], list[str]]


def _python(handler: re.Match[str]) -> list[str]:
    module = handler["module"].replace(".", "/")
    return [f"{module}.py", f"{module}/__init__.py", f"{module}.pyc", f"{module}.*so"]


def _node(handler: re.Match[str]) -> list[str]:
    module = posixpath.normpath(handler["module"])
    return [f"{module}.js", f"{module}.mjs", f"{module}.cjs", module, f"node_modules/{module}/*"]


FAMILIES = {
    "python": Family(r"(?P<module>[^\s:]+)\.\w+", "module.function", _python),
    "nodejs": Family(r"(?P<module>(?:[^\s]*/)?[^\s./]+)\.[\w.$]+", "file.function", _node),
    "java": Family(
        r"(?P<module>[\w.$]+)(?:::\w+)?",
        "package.Class or package.Class::method",
        lambda handler: [handler["module"].replace(".", "/") + ".class"],
    ),
    "dotnet": Family(
        r"(?P<module>[^\s:]+)(?:::[^\s:]+::\w+)?",
        "Assembly::Namespace.Class::Method or Assembly",
        lambda handler: [f"{handler['module']}.dll", handler["module"]],
    ),
    "ruby": Family(
        r"(?P<module>[^\s.]+)\.[\w:.]+",
        "file.method or file.Class.method",
        lambda handler: [f"{handler['module']}.rb"],
    ),
}


def check_handler(function: str, code: ManagedCode, handler: str, runtime: str, *, has_layers: bool) -> None:
    """Checks a handler against the code.

    Args:
        function: its name, for messages.
        code: what is deployed.
        handler: as Lambda gets it.
        runtime: by Lambda's name; one of a language that is not known here passes.
        has_layers: whether what is not in the code may be in a layer.

    Raises:
        HandlerError: it has another form, or names a file or class that is not there or too new for the runtime.
    """
    family = next((FAMILIES[name] for name in FAMILIES if runtime.startswith(name)), None)
    if family is None:
        return
    match = re.fullmatch(family.form, handler)
    if match is None:
        raise _wrong(function, handler, f"{family.example}, as {runtime} reads it", "correct handler")
    wanted = family.files(match)
    content = next(_found(code.files, wanted, inside_jars=runtime.startswith("java")), None)
    if content is None and not has_layers:
        raise _wrong(
            function,
            f"{handler}, and no {wanted[0]} in {code.path.name}",
            f"{family.example} of what is in the code: {_some(code.files, wanted[0])}",
            "correct handler, or code",
        )
    if content is not None and runtime.startswith("java"):
        _check_class(function, handler, content(), runtime)


def _found(files: Files, wanted: list[str], *, inside_jars: bool) -> Iterator[Callable[[], bytes]]:
    for pattern in wanted:
        whole = re.compile(re.escape(pattern).replace(r"\*", ".*"))
        yield from (read for name, read in files.items() if whole.fullmatch(name))
    jars = [read for name, read in files.items() if re.fullmatch(r"lib/[^/]+\.jar", name)]
    for jar in jars if inside_jars else []:
        yield from _in_jar(jar(), wanted[0])


def _in_jar(jar: bytes, name: str) -> Iterator[Callable[[], bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(jar)) as opened:
            content = opened.read(name)
    except (zipfile.BadZipFile, KeyError):
        return
    yield lambda: content


def _check_class(function: str, handler: str, content: bytes, runtime: str) -> None:
    """Compares the Java that a class needs with the runtime's."""
    found = re.match(r"java(\d+)", runtime)
    if not content.startswith(_CLASS_MAGIC) or found is None:
        return
    java, has = int.from_bytes(content[6:8]) - _JAVA_8_FORMAT + 8, int(found[1])
    if java > has:
        raise _wrong(
            function,
            f"{handler}, compiled for Java {java}",
            f"Java {has} at most on {runtime}",
            f"compile it with --release {has}, or choose a newer runtime",
        )


def _some(files: Files, wanted: str, count: int = 5) -> str:
    """The files of the wanted kind that lie highest."""
    kind = posixpath.splitext(wanted)[1]
    alike = sorted((name for name in files if name.endswith(kind)), key=lambda name: (name.count("/"), name))
    return ", ".join(alike[:count]) or f"no {kind} files at all"


def _wrong(function: str, received: str, allowed: str, change: str) -> HandlerError:
    return HandlerError(
        f"function {function!r}: its handler cannot be found",
        received=received,
        allowed=allowed,
        change=change,
    )

"""What a Dockerfile says of its image before anybody builds it: its stages, and what is started in them.

Reads as much of the language as that takes, and leaves it to the engine to refuse the rest.
Source: https://docs.docker.com/reference/dockerfile/
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

SCRATCH = "scratch"
_DIRECTIVE = re.compile(r"#\s*(?P<name>\w+)\s*=\s*(?P<value>\S+)\s*")
_FROM = re.compile(
    r"(?:--platform=(?P<platform>\S+)\s+)?(?P<base>\S+)(?:\s+AS\s+(?P<name>\S+))?", re.IGNORECASE
)
_HEREDOC = re.compile(r"(?:^|\s)\d*<<(?P<tabs>-?)(?P<quote>[\"']?)(?P<word>[A-Za-z_]\w*)(?P=quote)(?=\s|$)")
_WITH_HEREDOC = frozenset({"RUN", "COPY", "ADD"})
_ARGUMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:=(?P<value>\"[^\"]*\"|'[^']*'|\S*))?")
_VARIABLE = re.compile(r"\$(?:(?P<bare>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\})")


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continued lines joined.

    Attributes:
        name: in capitals.
        value: what follows the name, as it is written.
        end: the number of the line after it, counted from 0.
    """

    name: str
    value: str
    end: int


# A program and its arguments; of the shell form, which is one line for /bin/sh, that line.
Words = tuple[str, ...] | str


@dataclass(frozen=True)
class Command:
    """What an image starts, as far as its Dockerfile says so.

    Attributes:
        entrypoint: its ENTRYPOINT; None where that is left to the base image.
        arguments: its CMD, likewise.
    """

    entrypoint: Words | None = None
    arguments: Words | None = None


@dataclass(frozen=True)
class Stage:
    """One stage of a build.

    Attributes:
        name: in small letters; empty where it has none.
        base: the image that it is built on, its variables replaced as far as they are known.
        parent: the stage that it is built on, where ``base`` names one.
        platform: of ``base``, where it is said.
        instructions: of the stage.
        end: the number of the line after it, counted from 0.
    """

    name: str
    base: str
    parent: "Stage | None"
    platform: str | None
    instructions: tuple[Instruction, ...]
    end: int

    @property
    def root(self) -> "Stage":
        """The stage that this one goes back to, whose base is an image."""
        return self if self.parent is None else self.parent.root

    @property
    def command(self) -> Command:
        """What is started in the stage: an ENTRYPOINT resets the CMD of what the stage is built on."""
        command = self.parent.command if self.parent else Command()
        if entrypoint := self.last("ENTRYPOINT"):
            command = Command(_words(entrypoint.value))
        if arguments := self.last("CMD"):
            command = replace(command, arguments=_words(arguments.value))
        return command

    @property
    def user(self) -> str | None:
        """Whom the stage's processes run as, where it is said."""
        if said := self.last("USER"):
            return said.value
        return self.parent.user if self.parent else None

    def last(self, name: str) -> Instruction | None:
        """The last instruction of that name in the stage itself."""
        return next((each for each in reversed(self.instructions) if each.name == name), None)


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile that was read.

    Attributes:
        text: of the file.
        stages: in their order.
        arguments: the names of all that are declared with ARG, anywhere.
    """

    text: str
    stages: tuple[Stage, ...]
    arguments: frozenset[str]

    def stage(self, target: str | None) -> Stage | None:
        """The stage that is built: the last, or the one of that name or number; None where there is no such stage."""
        if target is None:
            return self.stages[-1] if self.stages else None
        named = [stage for stage in self.stages if stage.name == target.lower()]
        if not named and target.isdecimal() and int(target) < len(self.stages):
            return self.stages[int(target)]
        return named[-1] if named else None

    def with_lines(self, stage: Stage, lines: Sequence[str]) -> str:
        """The text with further instructions at the end of a stage."""
        written = self.text.split("\n")
        return "\n".join([*written[: stage.end], *lines, *written[stage.end :]])


def parse(text: str, given: Mapping[str, str] | None = None) -> Dockerfile:
    """Reads a Dockerfile.

    Args:
        text: of the file.
        given: values of build arguments.
    """
    text = text.removeprefix("\ufeff")
    instructions = list(_instructions(text.split("\n")))
    starts = [index for index, each in enumerate(instructions) if each.name == "FROM"]
    head = instructions[: starts[0]] if starts else instructions
    values = {**_arguments(head), **(given or {})}
    stages: list[Stage] = []
    for start, end in pairwise([*starts, len(instructions)]):
        stages.append(_stage(instructions[start:end], values, stages))
    return Dockerfile(text, tuple(stages), frozenset(_arguments(instructions)))


def _stage(instructions: Sequence[Instruction], values: Mapping[str, str], before: Sequence[Stage]) -> Stage:
    written = _FROM.match(_replaced(instructions[0].value, values))
    base, platform, name = (
        written.group("base", "platform", "name") if written else (instructions[0].value, None, None)
    )
    parent = next((stage for stage in reversed(before) if stage.name == base.lower()), None)
    return Stage((name or "").lower(), base, parent, platform, tuple(instructions[1:]), instructions[-1].end)


def _instructions(lines: Sequence[str]) -> Iterator[Instruction]:
    escape, number = _escape(lines), 0
    while number < len(lines):
        written, number = _joined(lines, number, escape)
        name, _, value = written.lstrip().partition(" ")
        if not name or name.startswith("#"):
            continue
        if name.upper() in _WITH_HEREDOC:
            number = _after_heredocs(lines, number, value)
        yield Instruction(name.upper(), value.strip(), number)


def _escape(lines: Sequence[str]) -> str:
    """What continues a line: a directive at the very top may choose another character, for Windows' paths."""
    for line in lines:
        directive = _DIRECTIVE.fullmatch(line.strip())
        if directive is None:
            break
        if directive["name"].lower() == "escape":
            return directive["value"]
    return "\\"


def _joined(lines: Sequence[str], number: int, escape: str) -> tuple[str, int]:
    """A line with those that continue it, between which comments and empty lines do not count, and the next one's number."""
    line = lines[number].replace("\t", " ").rstrip()
    number += 1
    if line.lstrip().startswith("#"):
        return line, number
    while line.endswith(escape):
        line = line.removesuffix(escape)
        while number < len(lines) and (not lines[number].strip() or lines[number].lstrip().startswith("#")):
            number += 1
        if number == len(lines):
            break
        line += lines[number].replace("\t", " ").rstrip()
        number += 1
    return line, number


def _after_heredocs(lines: Sequence[str], number: int, value: str) -> int:
    """The number of the line after the documents that an instruction has in the lines after it."""
    for document in _HEREDOC.finditer(value):
        while number < len(lines):
            line = lines[number].lstrip("\t") if document["tabs"] else lines[number]
            number += 1
            if line.rstrip("\r") == document["word"]:
                break
    return number


def _arguments(instructions: Sequence[Instruction]) -> dict[str, str]:
    """The names that ARG declares, with their defaults."""
    found: dict[str, str] = {}
    for instruction in instructions:
        if instruction.name == "ARG":
            for argument in _ARGUMENT.finditer(instruction.value):
                value = (argument["value"] or "").strip("\"'")
                found[argument["name"]] = _replaced(value, found)
    return found


def _replaced(text: str, values: Mapping[str, str]) -> str:
    """A text with the variables that are known; the others stay as they are written."""

    def value(variable: re.Match[str]) -> str:
        known = values.get(variable["bare"] or variable["name"]) or variable["default"]
        return variable[0] if known is None else known

    return _VARIABLE.sub(value, text)


def _words(value: str) -> Words:
    """The words of the exec form; what is no list of texts in JSON is of the shell form, for Docker too."""
    try:
        words = json.loads(value)
    except ValueError:
        return value
    is_list = isinstance(words, list) and all(isinstance(word, str) for word in words)
    return tuple(words) if is_list else value

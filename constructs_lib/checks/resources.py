"""The resources of an application's templates, and what refers to what, across stacks."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

from constructs_lib.checks.values import known_text, mapping, nested

FUNCTION = "AWS::Lambda::Function"
_ALIAS, _VERSION, _NESTED_STACK = "AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::CloudFormation::Stack"
_REFERENCES = {"Ref", "Fn::GetAtt", "Fn::GetStackOutput", "Fn::ImportValue"}
T = TypeVar("T")
_HOPS = 10  # of one reference from stack to stack; more is a circle


@dataclass(frozen=True, eq=False)
class Stack:
    """One template.

    Attributes:
        name: the stack's.
        template: as plain data.
        file: the template's file as messages name it.
        parent: the logical id and the stack of the nested-stack resource that this template belongs to.
        assets: where the files that the template names lie, by their keys in the assets' bucket.
    paths: of constructs by logical id, for what the template itself does not say it of.
    """

    name: str
    template: Mapping[str, Any]
    file: str = ""
    parent: "tuple[str, Stack] | None" = None
    assets: Mapping[str, Path] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def resources(self) -> "Mapping[str, Resource]":
        """By logical id."""
        return {
            name: Resource(
                self,
                name,
                content["Type"],
                mapping(content.get("Properties")),
                mapping(content.get("Metadata")),
            )
            for name, content in mapping(self.template.get("Resources")).items()
            if isinstance(content, Mapping) and isinstance(content.get("Type"), str)
        }

    def output(self, name: object) -> object:
        """The value of an output; ``None`` where there is no such."""
        outputs = mapping(self.template.get("Outputs"))
        return mapping(outputs.get(name)).get("Value") if isinstance(name, str) else None


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource of a template."""

    stack: Stack
    logical_id: str
    kind: str
    properties: Mapping[str, Any]
    metadata: Mapping[str, Any]

    def get(self, *names: str) -> Any:
        """A property, or a part of one; ``None`` where it is missing or not known."""
        value: Any = self.properties
        for name in names:
            value = mapping(value).get(name)
        return value

    @property
    def path(self) -> str:
        """The construct's path, else stack and logical id."""
        path = self.metadata.get("aws:cdk:path")
        if isinstance(path, str):
            return path
        return self.stack.paths.get(self.logical_id, f"{self.stack.name}/{self.logical_id}")

    def __str__(self) -> str:
        """The path of the construct that users know, without the one inside it that is the resource."""
        return self.path.removesuffix("/Resource")


@dataclass(frozen=True)
class Reference:
    """What a value refers to: a resource and one of its attributes, ``Ref`` for its name or number."""

    resource: Resource
    attribute: str


class Application:
    """Templates that are deployed together.

    Args:
        stacks: every one of them; what they refer to beyond is not known.
    """

    def __init__(self, stacks: Iterable[Stack]) -> None:
        self.stacks = list(stacks)
        self._by_name = {stack.name: stack for stack in self.stacks}
        self._nested = {stack.parent: stack for stack in self.stacks if stack.parent is not None}
        self._by_kind: dict[str, list[Resource]] = defaultdict(list)
        self._found: dict[Callable[[Application], object], object] = {}
        for stack in self.stacks:
            for resource in stack.resources.values():
                self._by_kind[resource.kind].append(resource)

    def of(self, *kinds: str) -> Iterator[Resource]:
        """Every resource of the kinds, such as ``AWS::SQS::Queue``."""
        for kind in kinds:
            yield from self._by_kind.get(kind, ())

    @cached_property
    def functions(self) -> list[Resource]:
        """Every function."""
        return list(self.of(FUNCTION))

    @cached_property
    def _exports(self) -> dict[str, tuple[Stack, object]]:
        found = {}
        for stack in self.stacks:
            for output in mapping(stack.template.get("Outputs")).values():
                name = mapping(mapping(output).get("Export")).get("Name")
                if isinstance(name, str):
                    found[name] = (stack, mapping(output).get("Value"))
        return found

    def once(self, look: "Callable[[Application], T]") -> T:
        """What ``look`` finds in this application; it is called once."""
        if look not in self._found:
            self._found[look] = look(self)
        return cast("T", self._found[look])

    def refer(self, stack: Stack, value: object) -> Reference | None:
        """What a value in a stack's template refers to, wherever that is; ``None`` where it is not known."""
        where: tuple[Stack, object] | Reference | None = (stack, value)
        for _ in range(_HOPS):
            if not isinstance(where, tuple):
                return where
            where = self._follow(*where)
        return None

    def target(self, resource: Resource, *names: str) -> Resource | None:
        """The resource that a property refers to."""
        reference = self.refer(resource.stack, resource.get(*names))
        return reference.resource if reference else None

    def function(self, stack: Stack, value: object) -> Resource | None:
        """The function that a value names, itself or through an alias or a version."""
        for _ in range(_HOPS):
            reference = self.refer(stack, value)
            if reference is None:
                return None
            resource = reference.resource
            if resource.kind not in (_ALIAS, _VERSION):
                return resource if resource.kind == FUNCTION else None
            stack, value = resource.stack, resource.get("FunctionName")
        return None

    def mentioned(self, stack: Stack, value: object) -> Iterator[Reference]:
        """Everything that a value refers to, in whatever depth."""
        for each in nested(value):
            if len(each) == 1 and not _REFERENCES.isdisjoint(each):
                reference = self.refer(stack, each)
                if reference is not None:
                    yield reference

    def _follow(self, stack: Stack, value: object) -> tuple[Stack, object] | Reference | None:
        """One step: the resource, or the stack and the value that stand for this one."""
        match value:
            case {"Ref": str(name)}:
                return self._named(stack, name)
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return self._attribute(stack, name, attribute)
            case {"Fn::GetAtt": str(path)}:
                name, _, attribute = path.partition(".")
                return self._attribute(stack, name, attribute)
            case {"Fn::GetStackOutput": {"StackName": str(name), "OutputName": output}} if (
                name in self._by_name
            ):
                return self._by_name[name], self._by_name[name].output(output)
            case {"Fn::ImportValue": str(name)}:
                return self._exports.get(name)
        return None

    def _named(self, stack: Stack, name: str) -> tuple[Stack, object] | Reference | None:
        if name in stack.resources:
            return Reference(stack.resources[name], "Ref")
        if stack.parent is None:
            return None
        logical_id, parent = stack.parent
        return parent, parent.resources[logical_id].get(
            "Parameters", name
        ) if logical_id in parent.resources else None

    def _attribute(self, stack: Stack, name: str, attribute: str) -> tuple[Stack, object] | Reference | None:
        if name not in stack.resources:
            return None
        inner = self._nested.get((name, stack))
        if inner is not None and attribute.startswith("Outputs."):
            return inner, inner.output(attribute.removeprefix("Outputs."))
        return Reference(stack.resources[name], attribute)


def text_of(resource: Resource, *names: str) -> str:
    """The known part of a text property."""
    return known_text(resource.get(*names))

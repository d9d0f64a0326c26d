"""Where layers come from: files of this environment, its variables, and what those refer to.

Variables, all of them optional; ``LayeredConfig`` sets those that a deployed function needs:

- ``THAW_CONFIG_BASE``: the packaged file, from the task root. Default: ``config.json`` or ``config.toml`` where there is one.
- ``THAW_CONFIG_OVERRIDE``: ``s3://BUCKET/KEY``. Default: none.
- ``THAW_CONFIG_PARAMETERS``: a JSON object of dotted keys and names or ARNs of parameters. Default: none.
- ``THAW_CONFIG_SECRETS``: a JSON object of dotted keys and names or ARNs of secrets, each with ``#FIELD`` where one field
  of a secret that is JSON is meant. Default: none.
- ``THAW_CONFIG_LOCAL``: a file of this machine. Default: ``config.local.json`` or ``config.local.toml`` in the working folder
  where there is one.
- ``THAW_CONFIG__KEY__KEY``: one value.
- ``THAW_CONFIG_REFRESH``: seconds after which everything is read again. Default: never.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

from thaw_runtime.config_document import MOST_BYTES, SUFFIXES, DocumentError, Path, parse
from thaw_runtime.config_errors import ConfigError
from thaw_runtime.config_tree import Leaf, Origin, Tree, concealed, merged, node_at, node_of, tree_at

PREFIX = "THAW_CONFIG_"
# The names of files that are read without being named.
BASE_STEM = "config"
LOCAL_STEM = "config.local"
_VALUE = "THAW_CONFIG__"


class Reading:
    """One reading of every layer.

    Attributes:
        tree: what came of it.
        unread: why a layer, or a part of one, could not be read; one line each.
        references: keys that refer to a parameter or a secret.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.unread: list[str] = []
        self._environment = environment
        parameters = references(environment, "PARAMETERS")
        secrets = references(environment, "SECRETS")
        self.references = (*parameters, *secrets)
        tree: Tree = {}
        for layer in (
            self._base(),
            *self._remote(parameters, secrets),
            self._local(),
            _variables(environment),
        ):
            tree = merged(tree, layer)
        for path in secrets:
            # Also where the secret could not be read and another layer says it.
            tree = concealed(tree, path)  # type: ignore[assignment]  # a tree stays one
        self.tree = tree

    @property
    def missing(self) -> list[Path]:
        """Keys that refer to something that could not be read, and that no other layer has."""
        return [path for path in self.references if node_at(self.tree, path) is None]

    def _base(self) -> Tree:
        folder = self._environment.get("LAMBDA_TASK_ROOT", "")
        return self._file("packaged file", "BASE", os.path.join(folder, BASE_STEM), folder)

    def _local(self) -> Tree:
        return self._file("local file", "LOCAL", LOCAL_STEM, "")

    def _file(self, layer: str, variable: str, stem: str, folder: str) -> Tree:
        named = self._environment.get(PREFIX + variable)
        found = [os.path.join(folder, named)] if named else _existing(stem)
        if len(found) > 1:
            raise ConfigError(f"the {layer} is there twice, as {' and '.join(found)}: remove one")
        for path in found:
            try:
                with open(path, "rb") as file:
                    content = file.read(MOST_BYTES + 1)
            except OSError as error:
                self.unread.append(f"the {layer} {path} cannot be read: {error.strerror or error}")
            else:
                return tree_of(content, layer, path)
        return {}

    def _remote(self, parameters: dict[Path, str], secrets: dict[Path, str]) -> list[Tree]:
        override = self._environment.get(PREFIX + "OVERRIDE")
        if not (override or parameters or secrets):
            return []
        # boto3 takes longer to import than all the rest, and many a function has none of these layers.
        from thaw_runtime.config_remote import Remote

        remote = Remote(self.unread)
        return [
            remote.override(override) if override else {},
            remote.parameters(parameters) if parameters else {},
            remote.secrets(secrets) if secrets else {},
        ]


def references(environment: Mapping[str, str], kind: str) -> dict[Path, str]:
    """The keys that refer to something, with what they refer to.

    Raises:
        ConfigError: the variable is malformed.
    """
    name = PREFIX + kind
    try:
        found = json.loads(environment.get(name) or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(each, str) and each for each in found.values()):
        raise ConfigError(f"the environment variable {name} must be a JSON object of keys and names")
    return {tuple(key.split(".")): value for key, value in found.items()}


def refresh_seconds(environment: Mapping[str, str]) -> float | None:
    """After how long everything is read again; None for never.

    Raises:
        ConfigError: the variable is malformed.
    """
    text = environment.get(PREFIX + "REFRESH")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ConfigError(
            f"the environment variable {PREFIX}REFRESH must be a number of seconds, not {text!r}"
        )
    return float(text)


def tree_of(content: bytes, layer: str, name: str) -> Tree:
    """The tree of a file's content.

    Raises:
        ConfigError: it is malformed, or larger than 1 MB.
    """
    if len(content) > MOST_BYTES:
        raise ConfigError(f"{layer} {name}: larger than 1 MB")
    try:
        document = parse(content, name)
    except DocumentError as error:
        raise ConfigError(f"{layer} {error}") from None
    tree = node_of(document.values, Origin(layer, name, document))
    assert isinstance(tree, dict)  # noqa: S101 - of an object
    return tree


def _existing(stem: str) -> list[str]:
    return [stem + suffix for suffix in SUFFIXES if os.path.exists(stem + suffix)]


def _variables(environment: Mapping[str, str]) -> Tree:
    tree: Tree = {}
    for name in sorted(environment):
        if name.startswith(_VALUE):
            path: Path = tuple(name.removeprefix(_VALUE).split("__"))
            if not all(path):
                raise ConfigError(
                    f"the environment variable {name} names no key: {_VALUE}section__key is one"
                )
            leaf = Leaf(environment[name], Origin("environment variable", name), path, is_text=True)
            tree = merged(tree, tree_at(path, leaf))
    return tree


def json_object(text: str) -> "dict[str, Any] | None":
    """The object that a text is as JSON; None where it is anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None

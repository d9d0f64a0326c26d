"""The layers that AWS keeps: an object in S3, parameters, secrets. boto3 is the function's own."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from thaw_runtime.config_document import MOST_BYTES, Path, dotted
from thaw_runtime.config_errors import ConfigError
from thaw_runtime.config_sources import json_object, tree_of
from thaw_runtime.config_tree import Leaf, Node, Origin, Tree, merged, node_of, tree_at
from thaw_runtime.config_values import Secret

# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
_PARAMETERS_AT_ONCE = 10
# An init phase has ten seconds.
_TIMEOUTS = {"connect_timeout": 2, "read_timeout": 3, "retries": {"mode": "standard", "max_attempts": 2}}


def load_boto3() -> Any:
    """The function's boto3.

    Raises:
        ConfigError: it brings none.
    """
    try:
        # By name: the runtime itself does without packages, and what looks at its imports shall see that.
        return import_module("boto3")
    except ImportError as error:
        raise ConfigError(
            f"layers in AWS are read with boto3, which cannot be imported ({error}): add boto3 to requirements.txt"
        ) from error


class Remote:
    """Reads layers.

    Args:
        unread: gets a line for what cannot be read.
    """

    def __init__(self, unread: list[str]) -> None:
        self._unread = unread
        self._boto3 = load_boto3()
        self._config = import_module("botocore.config").Config(**_TIMEOUTS)
        exceptions = import_module("botocore.exceptions")
        self._errors = (exceptions.BotoCoreError, exceptions.ClientError)

    def override(self, url: str) -> Tree:
        """The object in S3.

        Raises:
            ConfigError: it is malformed, or larger than 1 MB.
        """
        bucket, _, key = url.removeprefix("s3://").partition("/")
        if not (url.startswith("s3://") and bucket and key):
            raise ConfigError(
                f"the environment variable THAW_CONFIG_OVERRIDE must be s3://BUCKET/KEY, not {url!r}"
            )
        content = self._try(f"the override {url}", lambda: self._object(bucket, key))
        return {} if content is None else tree_of(content, "override", url)

    def parameters(self, references: dict[Path, str]) -> Tree:
        """Parameters, by key."""
        tree: Tree = {}
        names = list(dict.fromkeys(references.values()))
        found: dict[str, dict[str, Any]] = {}
        for first in range(0, len(names), _PARAMETERS_AT_ONCE):
            found |= self._parameters(names[first : first + _PARAMETERS_AT_ONCE])
        for path, name in references.items():
            if name in found:
                tree = merged(tree, tree_at(path, _leaf_of(found[name], name)))
        return tree

    def secrets(self, references: dict[Path, str]) -> Tree:
        """Secrets, by key."""
        tree: Tree = {}
        texts: dict[str, str | None] = {}
        for path, reference in references.items():
            name, _, field = reference.partition("#")
            if name not in texts:
                texts[name] = self._try(f"the secret {name}", lambda name=name: self._secret(name))  # type: ignore[misc]
            text = texts[name]
            node = None if text is None else self._node_of(text, name, field, path)
            if node is not None:
                tree = merged(tree, tree_at(path, node))
        return tree

    def _try(self, what: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except self._errors as error:
            self._unread.append(f"{what} cannot be read: {_reason(error)}")
        return None

    def _client(self, service: str) -> Any:
        return self._boto3.client(service, config=self._config)

    def _object(self, bucket: str, key: str) -> bytes:
        body = self._client("s3").get_object(Bucket=bucket, Key=key)["Body"]
        content: bytes = body.read(MOST_BYTES + 1)
        return content

    def _parameters(self, names: list[str]) -> dict[str, dict[str, Any]]:
        what = f"the parameters {', '.join(names)}" if names[1:] else f"the parameter {names[0]}"
        answer = self._try(what, lambda: self._client("ssm").get_parameters(Names=names, WithDecryption=True))
        if answer is None:
            return {}
        self._unread.extend(
            f"the parameter {name} cannot be read: it does not exist" for name in answer["InvalidParameters"]
        )
        by_name = {each["Name"]: each for each in answer["Parameters"]}
        by_arn = {each["ARN"]: each for each in answer["Parameters"]}
        return by_name | by_arn

    def _secret(self, name: str) -> str:
        answer = self._client("secretsmanager").get_secret_value(SecretId=name)
        text: str = answer.get("SecretString") or answer["SecretBinary"].decode()
        return text

    def _node_of(self, text: str, name: str, field: str, path: Path) -> Node | None:
        origin = Origin("secret", f"{name}#{field}" if field else name)
        content = json_object(text)
        if not field:
            return (
                Leaf(Secret(text), origin, path, is_text=True)
                if content is None
                else _hidden(content, origin)
            )
        if content is None or field not in content:
            reason = f"it has no field {field}" if content is not None else "it is no JSON object"
            self._unread.append(f"the secret {origin.name} for {dotted(path)} cannot be read: {reason}")
            return None
        return _hidden(content[field], origin)


def _leaf_of(parameter: dict[str, Any], name: str) -> Leaf:
    is_secret = parameter["Type"] == "SecureString"
    value = Secret(parameter["Value"]) if is_secret else parameter["Value"]
    return Leaf(value, Origin("parameter", name), (), is_text=True)


def _hidden(value: Any, origin: Origin) -> Node:
    """What a secret has, each of its values a secret and a text one that becomes what is asked for."""

    def hide(node: Node) -> Node:
        if isinstance(node, dict):
            return {key: hide(inner) for key, inner in node.items()}
        return Leaf(Secret(node.value), origin, node.path, is_text=isinstance(node.value, str))

    return hide(node_of(value, origin))


def _reason(error: Exception) -> str:
    """What AWS said, on one line."""
    response = (getattr(error, "response", None) or {}).get("Error", {})
    text = f"{response['Code']}: {response.get('Message', '')}" if response.get("Code") else str(error)
    return " ".join(text.split())

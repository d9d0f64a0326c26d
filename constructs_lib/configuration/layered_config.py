"""Configuration in layers, from what is packaged with the code to what is a secret."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm
from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.configuration import files, references, schema_check, secret_looking
from constructs_lib.configuration.artifacts import Artifacts
from constructs_lib.configuration.errors import SecretInFileError
from constructs_lib.configuration.object import Bucket, StoredObject, existing
from constructs_lib.configuration.references import Reference, Secret
from constructs_lib.configuration.refresh import seconds
from constructs_lib.constructors import checked
from constructs_lib.errors import ConflictingPropsError
from constructs_lib.permissions import reading


@checked
class LayeredConfig(Construct):
    """Says where functions find their configuration, checks at synth what is known of it, and grants reading exactly that.

    A function gets it as ``config=`` and reads it with ``thaw_runtime.config.load()``. Each layer lies over the ones before it:
    the packaged file, the object in S3, parameters, secrets, a local file that is never deployed, variables of the
    environment (``THAW_CONFIG__database__host``). Objects are merged key by key, lists are replaced whole.

    The warning ``thaw:secret-in-configuration`` names each key of the files that looks like a secret.

    Args:
        scope: the parent construct.
        id: the construct's id.
        base: a JSON or TOML file that lies at the top of the folder of every function with this configuration; a synth
            error says which one does not have it, or another one of its name. Default: none; ``config.json`` or
            ``config.toml`` in the folder is read all the same, unchecked.
        override: a local file that is uploaded as an asset; what is changed in it needs no new artifact. Default: none.
        override_object: bucket and key of an object that is there already, or comes to be there, in place of ``override``.
            Default: none.
        parameters: dotted keys with parameters, or their names or ARNs. Default: none.
        secrets: dotted keys with secrets, or their names or ARNs; a pair of that and a name stands for one field of a
            secret that is JSON. Without a field, a secret that is a JSON object is a section. Default: none.
        schema: a JSON Schema, or a file that is one, for all layers merged; a key that refers to a parameter or a secret
            counts as there, and of the type asked for. With ``override_object`` nothing counts as missing. Default: none,
            and nothing but the form of the files is checked.
        refresh: after which time everything is read again by the next ``load()``, 1 second to 1 day. Default: never; a
            new configuration reaches new environments alone.
        encryption_keys: customer managed keys that named parameters, secrets or the object are encrypted with; those of
            secrets and buckets that know their own need not be said. Default: none.

    Attributes:
        variables: environment variables that ``thaw_runtime.config`` reads.

    Raises:
        ConstructError: THAW130 to THAW138 for files, keys and names that are wrong; THAW051 for both kinds of
            override; THAW058 for ``refresh``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        base: Path | None = None,
        override: Path | None = None,
        override_object: tuple[Bucket, str] | None = None,
        parameters: Mapping[str, ssm.IStringParameter | str] | None = None,
        secrets: Mapping[str, Secret] | None = None,
        schema: Path | Mapping[str, Any] | None = None,
        refresh: cdk.Duration | None = None,
        encryption_keys: Sequence[kms.IKey] = (),
    ) -> None:
        place, stack = Place(scope, id), asked_once.stack_of(scope)
        if override is not None and override_object is not None:
            raise ConflictingPropsError(
                f"{place} is given two objects to lie over the packaged file",
                received="override and override_object",
                allowed="one of them",
                change="leave one of them out",
            )
        tree = _tree(place, base, override)
        found_parameters = references.parameters(place, stack, parameters or {})
        found_secrets = references.secrets(place, stack, secrets or {})
        references.check(place, tree, found_parameters, found_secrets)
        _check_schema(
            place, schema, tree, [*found_parameters, *found_secrets], is_whole=override_object is None
        )
        refresh_seconds = seconds(place, refresh)
        stored = None if override_object is None else existing(place, *override_object)
        super().__init__(scope, id)
        if override is not None:
            asset = Asset(self, "Override", path=str(override))
            stored = StoredObject.of_asset(asset, stack)
        self._stored, self._parameters, self._secrets = stored, found_parameters, found_secrets
        self._keys = _keys(encryption_keys, stored, found_secrets)
        # One object for each statement: many roles can have the same, and each new one is a message to the CDK's process.
        self._statements = list(self._allow(asked_once.region_of(stack)))
        self.variables: Mapping[str, str] = _variables(
            BASE=base.name if base else None,
            OVERRIDE=stored.url if stored else None,
            PARAMETERS=references.as_variable(found_parameters),
            SECRETS=references.as_variable(found_secrets),
            REFRESH=refresh_seconds,
        )
        references.check_size(place, self.variables)
        self._artifacts = Artifacts(base)
        self.node.add_validation(self._artifacts)
        self._warn_of_secrets(tree)

    def grant_read(self, role: iam.IRole) -> None:
        """Lets ``role`` read exactly the layers of this configuration."""
        # The answer of the one is a flag, that of the other an object that costs two more messages.
        add = role.add_to_policy if isinstance(role, iam.Role) else role.add_to_principal_policy
        for statement in self._statements:
            add(statement)
        self._artifacts.roles.append(role)

    def _allow(self, region: str) -> Iterable[iam.PolicyStatement]:
        services = []
        if self._stored is not None:
            services.append("s3")
            yield reading.read_object(self._stored.arn)
        if self._parameters:
            services.append("ssm")
            yield reading.read_parameters(_arns(self._parameters))
        if self._secrets:
            services.append("secretsmanager")
            yield reading.read_secrets(_arns(self._secrets))
        if self._keys and services:
            yield reading.decrypt(self._keys, services, region)

    def _warn_of_secrets(self, tree: Any) -> None:
        places = list(secret_looking.places(tree))
        if not places:
            return
        error = SecretInFileError(
            "a file of configuration holds what looks like a secret, for everybody to read who may see the function",
            received="\n    ".join(places),
            allowed="values that need not be kept secret",
            change="move it to Secrets Manager and refer to it with secrets=, or acknowledge this warning",
        )
        cdk.Annotations.of(self).add_warning_v2("thaw:secret-in-configuration", str(error))


def _tree(place: Place, base: Path | None, override: Path | None) -> Any:
    """The files of the layers, merged as the runtime merges them."""
    tree: Any = {}
    for prop, file in (("base", base), ("override", override)):
        if file is not None:
            tree = files.merged(place, tree, files.tree_of(prop, files.read(place, prop, file)))
    return tree


def _check_schema(
    place: Place,
    schema: Path | Mapping[str, Any] | None,
    tree: Any,
    referred: Iterable[Reference],
    *,
    is_whole: bool,
) -> None:
    if schema is not None:
        paths = [each.path for each in referred]
        schema_check.check(place, schema_check.read(place, schema), tree, paths, is_whole=is_whole)


def _keys(
    given: Sequence[kms.IKey], stored: StoredObject | None, secrets: Iterable[Reference]
) -> tuple[str, ...]:
    """ARNs of the customer's keys, each once."""
    known = [stored.encryption_key if stored else None, *(each.encryption_key for each in secrets)]
    return tuple(dict.fromkeys(key.key_arn for key in (*given, *known) if key is not None))


def _arns(referred: Iterable[Reference]) -> list[str]:
    return list(dict.fromkeys(each.arn for each in referred))


def _variables(**values: str | None) -> dict[str, str]:
    return {f"THAW_CONFIG_{name}": value for name, value in values.items() if value is not None}

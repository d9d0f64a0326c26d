"""Artifacts as assets of a stack, built while the CDK application runs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import asked_once, bundling
from constructs_lib.bundling.runtime_sources import THAW_RUNTIME


def code_of(scope: Construct, id: str, recipe: bundling.AnyRecipe) -> lambda_.Code:  # noqa: A002 - the CDK's word
    """The artifact of the construct ``id``, or in its place a folder of sources where the CDK asks for no bundling.

    Raises:
        BundlingError: the artifact cannot be built or would not run; a note names the construct.
    """
    stack = asked_once.stack_of(scope)
    with naming(scope, id):
        if asked_once.bundling_required(stack):
            artifact = bundling.build(recipe, report=lambda step: tell(scope, id, step))
            return asset(stack, artifact.archive, artifact.fingerprint)
        sources = THAW_RUNTIME if isinstance(recipe, bundling.LayerRecipe) else recipe.source
        return asset(stack, sources, bundling.fingerprint(recipe))


def packed(
    scope: Construct,
    id: str,  # noqa: A002 - the CDK's word
    *,
    stand_in: Path,
    fingerprint: str,
    pack: Callable[[], Path],
) -> lambda_.Code:
    """Ready-made code as an asset.

    Args:
        scope: of the function.
        id: of the function.
        stand_in: a folder or zip in its place where the CDK asks for no bundling, and so deploys nothing.
        fingerprint: of the code.
        pack: makes the archive.

    Raises:
        BundlingError: it cannot be packed; a note names the function.
    """
    stack = asked_once.stack_of(scope)
    with naming(scope, id):
        return asset(stack, pack() if asked_once.bundling_required(stack) else stand_in, fingerprint)


@contextmanager
def naming(scope: Construct, id: str) -> Iterator[None]:  # noqa: A002 - the CDK's word
    """Adds to every ``BundlingError`` which construct it is about."""
    try:
        yield
    except bundling.BundlingError as error:
        error.add_note(f"  construct: {asked_once.path_of(scope)}/{id}")
        raise


@cache
def asset(stack: cdk.Stack, path: Path, fingerprint: str) -> lambda_.Code:  # noqa: ARG001 - an asset belongs to a stack
    """Staged once for each stack: the CDK takes one code for many functions of a stack."""
    return lambda_.Code.from_asset(str(path), asset_hash=fingerprint)


def tell(scope: Construct, id: str, step: str) -> None:  # noqa: A002 - the CDK's word
    """Shows a build step the way the CDK shows bundling: on standard error, beside the construct's path."""
    print(f"{asked_once.path_of(scope)}/{id}: {step}", file=sys.stderr, flush=True)  # noqa: T201 - progress, as the docstring says

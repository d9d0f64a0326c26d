"""The object in S3 that lies over the packaged file."""

import re
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk.aws_s3_assets import Asset

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.configuration.errors import WrongReferenceError

Bucket = s3.IBucket | str

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_KEY_BYTES = 1024
# In a policy they would stand for other objects.
_WILDCARDS = ("*", "?", "${")


@dataclass(frozen=True)
class StoredObject:
    """One object.

    Attributes:
        url: ``s3://BUCKET/KEY``.
        arn: of the object.
        encryption_key: the customer's key that its bucket is known to use.
    """

    url: str
    arn: str
    encryption_key: Any = None

    @classmethod
    def of_asset(cls, asset: Asset, stack: cdk.Stack) -> "StoredObject":
        """The object that an asset becomes."""
        bucket, key = asset.s3_bucket_name, asset.s3_object_key
        return cls(f"s3://{bucket}/{key}", _arn(f"{bucket}/{key}", stack))


def existing(place: Place, bucket: Bucket, key: str) -> StoredObject:
    """An object of somebody else's.

    Raises:
        WrongReferenceError: there can be no such bucket or key.
    """
    if not asked_once.is_unresolved(key):
        _check_key(place, key)
    if isinstance(bucket, str):
        _check_bucket(place, bucket)
        return StoredObject(f"s3://{bucket}/{key}", _arn(f"{bucket}/{key}", asked_once.stack_of(place.scope)))
    if not hasattr(bucket, "arn_for_objects"):
        raise _wrong(place, repr(bucket), "an IBucket or the name of a bucket, and a key")
    return StoredObject(
        f"s3://{bucket.bucket_name}/{key}", bucket.arn_for_objects(key), bucket.encryption_key
    )


def _check_bucket(place: Place, bucket: str) -> None:
    if not asked_once.is_unresolved(bucket) and not _BUCKET.fullmatch(bucket):
        raise _wrong(place, repr(bucket), "3 to 63 lower-case letters, digits, dots and hyphens")


def _check_key(place: Place, key: object) -> None:
    if (
        not isinstance(key, str)
        or not 0 < len(key.encode()) <= _KEY_BYTES
        or any(each in key for each in _WILDCARDS)
    ):
        raise _wrong(
            place,
            repr(key),
            f"a key of 1 to {_KEY_BYTES} bytes without {', '.join(_WILDCARDS)}, which a policy expands",
        )


def _wrong(place: Place, received: str, allowed: str) -> WrongReferenceError:
    return WrongReferenceError(
        f"{place}: its override_object names no object",
        received=received,
        allowed=allowed,
        change='correct it: (bucket, "prod/config.json"), for example',
    )


def _arn(path: str, stack: cdk.Stack) -> str:
    return stack.format_arn(
        service="s3", region="", account="", resource=path, arn_format=cdk.ArnFormat.NO_RESOURCE_NAME
    )

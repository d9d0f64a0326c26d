"""Reads result objects from S3."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from document import Invalid
from limits import OBJECT_BYTES
from notifications import Location

# S3 names a missing object differently in the answers to GET and to HEAD, which has no body to tell more.
MISSING = {"NoSuchKey", "404"}
PRECONDITION_FAILED = "PreconditionFailed"


@dataclass(frozen=True)
class Found:
    """What an object was when it was looked at. ``body`` is left out of objects over the size limit."""

    etag: str
    version_id: str | None
    size: int
    body: bytes | None

    def content(self) -> bytes:
        """Give the body.

        Raises:
            Invalid: the object is over the size limit and was not read.
        """
        if self.body is None:
            raise Invalid("too-large", f"expected at most {OBJECT_BYTES} bytes, found {self.size}")
        return self.body


def read(s3: Any, location: Location) -> Found | None:
    """Read the newest version of an object, or ``None`` if there is none any more."""
    try:
        answer = s3.get_object(Bucket=location.bucket, Key=location.key)
    except ClientError as error:
        if code(error) in MISSING:
            return None
        raise
    with answer["Body"] as stream:
        size = answer["ContentLength"]
        body = stream.read() if size <= OBJECT_BYTES else None
    return Found(answer["ETag"], answer.get("VersionId"), size, body)


def newest_etag(s3: Any, location: Location) -> str | None:
    """Tell the entity tag of the newest version of an object, or ``None`` if there is none any more."""
    try:
        return str(s3.head_object(Bucket=location.bucket, Key=location.key)["ETag"])
    except ClientError as error:
        if code(error) in MISSING:
            return None
        raise


def code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])

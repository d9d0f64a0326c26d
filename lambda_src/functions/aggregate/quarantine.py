"""Sets an invalid object aside, with the reason beside it."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from document import Invalid
from measurement import timestamp
from notifications import Location
from objects import MISSING, PRECONDITION_FAILED, Found, code

LONGEST_KEY_BYTES = 1024  # S3's limit
REASON_SUFFIX = ".reason.json"


def set_aside(s3: Any, prefix: str, location: Location, found: Found, invalid: Invalid) -> str | None:
    """Move an object under the quarantine prefix and write the reason beside it.

    The copy and the reason are written before the original goes, so an interruption at any point loses nothing
    and the next delivery of the event ends the work. The original goes only if it is still what was looked at.

    Returns:
        The key of the copy, or ``None`` if the object has changed or gone in the meantime.
    """
    source = {"Bucket": location.bucket, "Key": location.key}
    key = quarantine_key(prefix, location.key)
    try:
        # Tags are left behind: copying them would need two more permissions.
        s3.copy_object(
            **source | {"Key": key},
            CopySource=source,
            CopySourceIfMatch=found.etag,
            TaggingDirective="REPLACE",
        )
    except ClientError as error:
        if code(error) in MISSING | {PRECONDITION_FAILED}:
            return None
        raise
    reason = json.dumps(explain(location, found, invalid), indent=2).encode()
    s3.put_object(
        Bucket=location.bucket, Key=key + REASON_SUFFIX, Body=reason, ContentType="application/json"
    )
    delete_unless_changed(s3, location, found.etag)
    return key


def quarantine_key(prefix: str, key: str) -> str:
    """Give the key of the copy; an original key too long to be prefixed is replaced by its digest."""
    if len(f"{prefix}{key}{REASON_SUFFIX}".encode()) <= LONGEST_KEY_BYTES:
        return prefix + key
    return f"{prefix}long-key/{hashlib.sha256(key.encode()).hexdigest()}"


def explain(location: Location, found: Found, invalid: Invalid) -> dict[str, Any]:
    return {
        "reason": invalid.reason,
        "message": invalid.message,
        "path": invalid.path,
        "bucket": location.bucket,
        "key": location.key,
        "etag": found.etag.strip('"'),
        "version_id": found.version_id,
        "size": found.size,
        "quarantined_at": timestamp(datetime.now(UTC)),
    }


def delete_unless_changed(s3: Any, location: Location, etag: str) -> None:
    try:
        s3.delete_object(Bucket=location.bucket, Key=location.key, IfMatch=etag)
    except ClientError as error:
        if code(error) not in MISSING | {PRECONDITION_FAILED}:
            raise

"""Which objects of a bucket: how their keys begin and end.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html for what a key may be,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html for notifications,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html for EventBridge.
"""

from dataclasses import dataclass
from urllib.parse import quote_plus

from constructs_lib import asked_once
from constructs_lib.triggers.errors import KeyFilterError

KEY_BYTES = 1024
# What S3 takes in a filter as it is; everything else is percent-encoded.
_SAFE = "/!-_.'()"


@dataclass(frozen=True)
class ObjectKeys:
    """The keys that begin and end so.

    Args:
        prefix: how they begin; empty for any.
        suffix: how they end; empty for any.
    """

    prefix: str = ""
    suffix: str = ""

    def check(self, trigger: object) -> None:
        """Checks both for the trigger of that path.

        Raises:
            KeyFilterError: no key can be like this.
        """
        for name, text in (("prefix", self.prefix), ("suffix", self.suffix)):
            if not isinstance(text, str) or not (asked_once.is_unresolved(text) or _can_be_in_a_key(text)):
                raise KeyFilterError(
                    f"{trigger} has a {name} that no key of an object can have",
                    received=repr(text),
                    allowed=f"text of {KEY_BYTES:,} bytes at most in UTF-8, without control characters",
                    change=f"correct {name}, or leave it out for any key",
                )

    def pattern(self) -> list[dict[str, str]] | None:
        """EventBridge's pattern for these keys; None where any key will do."""
        if self.prefix and self.suffix:
            return [{"wildcard": f"{_literal(self.prefix)}*{_literal(self.suffix)}"}]
        if self.prefix:
            return [{"prefix": self.prefix}]
        return [{"suffix": self.suffix}] if self.suffix else None

    def filter_rules(self) -> dict[str, str]:
        """The rules of a bucket's notification, by name, in the encoding that S3 asks for."""
        given = {"prefix": self.prefix, "suffix": self.suffix}
        return {name: _encoded(text) for name, text in given.items() if text}


def overlap(one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether a key can meet the rules of two notifications: S3 then refuses both for the same kind of event."""
    prefixes = one.get("prefix", ""), other.get("prefix", "")
    suffixes = one.get("suffix", ""), other.get("suffix", "")
    return _one_begins_the_other(*prefixes) and _one_begins_the_other(*(each[::-1] for each in suffixes))


def _one_begins_the_other(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _can_be_in_a_key(text: str) -> bool:
    return len(text.encode(errors="surrogatepass")) <= KEY_BYTES and not any(
        ord(each) < ord(" ") or "\ud800" <= each <= "\udfff" for each in text
    )


def _literal(text: str) -> str:
    """``text`` for a wildcard pattern, in which a star and a backslash have a meaning."""
    return text.replace("\\", "\\\\").replace("*", "\\*")


def _encoded(text: str) -> str:
    return text if asked_once.is_unresolved(text) else quote_plus(text, safe=_SAFE)

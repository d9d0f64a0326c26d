"""The environments: data in ``cdk.json``, parsed once into a typed object that cannot change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, Self

from constructs_lib.bundling import Architecture
from constructs_lib.bundling.limits import OperatingSystem
from constructs_lib.rules import Rule, flag, matching, one_of, optional, whole_number
from stacks.errors import (
    ConflictingKeysError,
    EnvironmentNotChosenError,
    UnknownEnvironmentError,
    UnknownKeyError,
    WrongFormError,
    WrongValueError,
)

NAME = matching("[a-z][a-z0-9-]{0,19}", "a small letter, then up to 19 small letters, digits and hyphens")

# The retention periods of CloudWatch Logs, PutRetentionPolicy in its API reference.
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

_REGION = "[a-z]{2}(-[a-z]+)+-[0-9]"
_SECRET = matching(
    rf"arn:aws[a-z-]*:secretsmanager:{_REGION}:[0-9]{{12}}:secret:[\w/+=.@-]+-[A-Za-z0-9]{{6}}"
    r"|(?!arn:)[\w/+=.@-]{1,512}",
    "the name of a secret, or its full ARN with the six characters at its end",
)


def _key(default: Any, rule: Rule) -> Any:
    return field(default=default, metadata={"rule": rule})


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Everything in which one deployment of the observatory differs from another.

    Attributes:
        name: part of every stack's name.
        account: where it is deployed. Default: the account of the CDK CLI's credentials.
        region: likewise. Default: the region of the CDK CLI's configuration.
        architecture: of every function.
        runtime: the operating system of every function.
        memory_mb: of every function.
        timeout_seconds: of one invocation of any function.
        redelivery_seconds: how long an object rests after a failure before it is tried again, at least
            ``timeout_seconds``; five failures end in the dead-letter queue.
        database_connections: how many objects are worked on at a time at most; each holds one connection.
        log_retention_days: how long logs are kept.
        removal: what becomes of bucket, table and logs when their stack is destroyed.
        termination_protection: whether destroying the stacks and the table is refused until this is off.
        point_in_time_recovery: whether the table can be restored to any second of the last 35 days.
        private_database: whether the environment has a network and a database of its own, which functions log in to with
            IAM.
        database_instance: the type of that database's instance, without ``db.``.
        database_multi_az: whether it has a standby in another zone.
        database_secret: without ``private_database``, the secret with the database's address and password, in RDS's form.
        webhook_secret: the secret with the webhook's address, ``{"url": ...}``.
        report_public: whether everybody in the world may read the report, instead of those in the account who have the
            permission.
        slack_secret: the secret ``{"signing_secret": ...}`` of the Slack app whose slash command the report answers; needs
            ``report_public``, since Slack has no permission. Default: there is no slash command.
        alert_config: a JSON file, relative to the project, that is laid over ``functions/alert/config.json``: what counts
            as a regression.
        alarms: whether there are alarms and a dashboard.
        alarm_email: who is told of alarms; needs ``alarms``.
        canary: whether a new version of a function first gets a part of the events, and is withdrawn if it fails.
    """

    name: str = field(metadata={"rule": NAME})
    account: str | None = _key(None, optional(matching("[0-9]{12}", "12 digits in quotes")))
    region: str | None = _key(None, optional(matching(_REGION, "a region's code such as eu-north-1")))
    architecture: str = _key("x86_64", one_of(*Architecture))
    runtime: str = _key("provided.al2023", one_of(*OperatingSystem))
    memory_mb: int = _key(512, whole_number(128, 10_240))
    timeout_seconds: int = _key(60, whole_number(10, 900))
    redelivery_seconds: int = _key(360, whole_number(10, 43_200))
    database_connections: int = _key(10, whole_number(2, 1000))
    log_retention_days: int = _key(30, one_of(*RETENTION_DAYS))
    removal: str = _key("retain", one_of("retain", "destroy"))
    termination_protection: bool = _key(default=False, rule=flag())
    point_in_time_recovery: bool = _key(default=True, rule=flag())
    private_database: bool = _key(default=True, rule=flag())
    database_instance: str = _key(
        "t4g.micro", matching(r"[a-z0-9]+\.[a-z0-9]+", "an instance type such as t4g.micro")
    )
    database_multi_az: bool = _key(default=False, rule=flag())
    database_secret: str = _key("thaw/database", _SECRET)
    webhook_secret: str = _key("thaw/webhook", _SECRET)
    report_public: bool = _key(default=False, rule=flag())
    slack_secret: str | None = _key(None, optional(_SECRET))
    alert_config: str | None = _key(
        None, optional(matching(r"[\w.-]+(/[\w.-]+)*\.json", "the relative path of a .json file"))
    )
    alarms: bool = _key(default=True, rule=flag())
    alarm_email: str | None = _key(
        None, optional(matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an address of e-mail"))
    )
    canary: bool = _key(default=False, rule=flag())

    @classmethod
    def parse(cls, name: object, environments: object) -> Self:
        """The environment ``name`` out of ``environments``, with every value checked.

        Args:
            name: what was given by ``-c env=``; ``None`` if nothing was.
            environments: the mapping of names to keys and values, as ``cdk.json`` has it.

        Raises:
            EnvironmentNotChosenError: ``name`` is ``None`` or empty.
            UnknownEnvironmentError: ``environments`` has no such name.
            UnknownKeyError: the environment has a key that does not exist.
            WrongValueError: a value is not what its key takes.
            WrongFormError: the environments, or this one, are not a mapping.
            ConflictingKeysError: one key needs another that is not set.
        """
        known = _mapping("context.environments", environments)
        if name is None or name == "":
            raise EnvironmentNotChosenError(
                "no environment was chosen",
                allowed=", ".join(known),
                change="say which one: cdk synth -c env=NAME",
            )
        if not isinstance(name, str) or name not in known:
            raise UnknownEnvironmentError(
                f"there is no environment {name}",
                received=name,
                allowed=", ".join(known),
                change=_change(str(name), known, "choose one of these, or add it to cdk.json"),
            )
        values = _mapping(f"context.environments.{name}", known[name])
        _check(name, values)
        environment = cls(name=name, **values)
        if environment.slack_secret is not None and not environment.report_public:
            raise ConflictingKeysError(
                f"context.environments.{name} in cdk.json has a slash command that Slack cannot call",
                received="slack_secret without report_public",
                allowed='both: "report_public": true; Slack signs its requests, and the function checks that',
                change="set report_public, or remove slack_secret",
            )
        return environment


def _mapping(where: str, value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise WrongFormError(
            f"{where} in cdk.json is not a mapping",
            received=type(value).__name__,
            allowed="an object with names and values",
            change=f"write {where} as in the cdk.json that came with the project",
        )
    return dict(value)


def _check(name: str, values: Mapping[str, object]) -> None:
    where = f"context.environments.{name}"
    rules: dict[str, Rule] = {key.name: key.metadata["rule"] for key in fields(Environment)}
    _check_value("the name of an environment", name, rules.pop("name"), "choose another name")
    for key, value in values.items():
        if key not in rules:
            raise UnknownKeyError(
                f"{where} in cdk.json has a key that does not exist",
                received=key,
                allowed=", ".join(rules),
                change=_change(key, rules, "remove the key"),
            )
        _check_value(f"{where}.{key}", value, rules[key], f"correct {key}, or remove it to get its default")


def _check_value(what: str, value: object, rule: Rule, change: str) -> None:
    if not rule.accepts(value):
        raise WrongValueError(
            f"{what} in cdk.json cannot have this value",
            received=repr(value),
            allowed=rule.allowed,
            change=change,
        )


def _change(received: str, known: Iterable[str], otherwise: str) -> str:
    """An instruction that begins with the nearest known name where one is near."""
    near = get_close_matches(received, list(known), n=1)
    return f"did you mean {near[0]}? Otherwise {otherwise}" if near else otherwise

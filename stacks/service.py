"""The observatory's functions and what triggers them."""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib import (
    Canary,
    CustomRuntimeFunction,
    DynamoDbStreamTrigger,
    LayeredConfig,
    PrivateDatabase,
    Release,
    S3Trigger,
    ScheduleTrigger,
    SnsTrigger,
    VpcAccess,
)
from constructs_lib.permissions.reading import secret_arn
from stacks import terms
from stacks.data import QUARANTINE_PREFIX, DataStack
from stacks.environment import Environment
from stacks.permissions import allow, allow_below

PROJECT = Path(__file__).parents[1]
FUNCTIONS = PROJECT / "lambda_src" / "functions"
CONFIG = Path(__file__).parent / "config"
RESULTS_PREFIX = "results/"
ANY_NAME = "Who uploads results chooses their names, so the objects can only be told by their prefix"
# Of PostgreSQL: who owns the database's tables, and who lets users in.
OWNER, MASTER = "aggregate", "postgres"


class ServiceStack(cdk.Stack):
    """Bucket -> aggregate -> topic -> alert -> table -> notify, for one environment.

    Args:
        scope: the application.
        id: the stack's name.
        environment: what differs between deployments.
        data: what outlives this stack.
        network: what the functions that use the database are in; ``None`` where it is reached over the internet.

    Attributes:
        functions: by their names.
        queues: that functions work off, by the names of the functions.
        fed_by_streams: names of functions that a stream feeds.
    """

    fed_by_streams = frozenset({"Notify"})

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        environment: Environment,
        data: DataStack,
        network: VpcAccess | None,
    ) -> None:
        super().__init__(
            scope,
            id,
            env=terms.target(environment),
            description="Cold-start observatory: functions and their triggers",
            termination_protection=environment.termination_protection,
        )
        self._environment, self._data, self._network = environment, data, network
        self.functions: dict[str, CustomRuntimeFunction] = {}
        self.queues: dict[str, list[sqs.IQueue]] = {}
        for warning in ("annotation::thaw:visibility", "Thaw::THAW162"):
            reason = "How long a message rests is chosen by the environment: redelivery_seconds"
            cdk.Validations.of(self).acknowledge(cdk.Acknowledgment(id=warning, reason=reason))
        summaries = sns.Topic(self, "Summaries", enforce_ssl=True)
        if data.database:
            self._admit(data.database)
        self._aggregate(summaries)
        self._alert(summaries)
        self._notify()
        self._function("Probe", "Does nothing, so that its start can be measured", {})
        cdk.CfnOutput(self, "SummaryTopic", value=summaries.topic_arn)

    def _admit(self, database: PrivateDatabase) -> None:
        """Makes the user that ``aggregate`` logs in as: at once, and every day in case the database was restored."""
        admit = self._function(
            "Admit",
            "Lets the user of aggregate log in to the database with IAM",
            {**database.variables(OWNER), "DATABASE_SECRET": database.master_secret_arn},
            network=self._network,
        )
        database.grant_read_master_secret(admit)
        database.grant_connect(admit, MASTER)
        ScheduleTrigger(
            self,
            "Daily",
            function=self._released(admit),
            schedule=scheduler.ScheduleExpression.rate(cdk.Duration.days(1)),
            description="Lets the user of aggregate log in to the database",
        )

    def _aggregate(self, summaries: sns.Topic) -> None:
        database, results, secret = self._data.database, self._data.results, self._environment.database_secret
        login = database.variables(OWNER) if database else {"DATABASE_SECRET": secret}
        aggregate = self._function(
            "Aggregate",
            "Reads a results file into the database and publishes one summary for each series",
            {**login, "SUMMARY_TOPIC_ARN": summaries.topic_arn, "QUARANTINE_PREFIX": QUARANTINE_PREFIX},
            network=self._network,
        )
        if database:
            database.grant_connect(aggregate, OWNER)
        else:
            allow(aggregate, secret_arn(self, secret), "secretsmanager:GetSecretValue")
        arrived, quarantined = (
            results.arn_for_objects(f"{prefix}*") for prefix in (RESULTS_PREFIX, QUARANTINE_PREFIX)
        )
        allow_below(aggregate, arrived, "s3:DeleteObject", "s3:GetObject", reason=ANY_NAME)
        # Without this S3 answers 403, not 404, for an object that is gone.
        allow(aggregate, results.bucket_arn, "s3:ListBucket")
        allow_below(aggregate, quarantined, "s3:PutObject", reason=ANY_NAME)
        allow(aggregate, summaries.topic_arn, "sns:Publish")
        trigger = S3Trigger(
            self,
            "ResultsTrigger",
            function=self._released(aggregate),
            bucket=results,
            prefix=RESULTS_PREFIX,
            visibility_timeout=cdk.Duration.seconds(self._environment.redelivery_seconds),
            max_concurrency=self._environment.database_connections,
        )
        self.queues["Aggregate"] = [trigger.queue]

    def _alert(self, summaries: sns.Topic) -> None:
        alerts, override = self._data.alerts, self._environment.alert_config
        alert = self._function(
            "Alert",
            "Compares a summary with its neighbours in time and keeps an alert where starts got slower",
            {"ALERTS_TABLE": alerts.table_name},
            config=LayeredConfig(
                self,
                "AlertConfig",
                base=FUNCTIONS / "alert" / "config.json",
                override=PROJECT / override if override else None,
                schema=CONFIG / "alert.schema.json",
            ),
        )
        allow(alert, alerts.table_arn, "dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem")
        trigger = SnsTrigger(
            self,
            "SummariesTrigger",
            function=self._released(alert),
            topic=summaries,
            # A message has the summaries of a runtime's memory sizes, lambda-perf's of four: a hundred in a batch.
            batch_size=25,
            max_batching_window=cdk.Duration.seconds(1),
            visibility_timeout=cdk.Duration.seconds(self._environment.redelivery_seconds),
            # Two at a time keep up with any upload; more would only contend for the same histories.
            max_concurrency=2,
        )
        self.queues["Alert"] = [trigger.queue]

    def _notify(self) -> None:
        secret = self._environment.webhook_secret
        notify = self._function("Notify", "Posts each new alert to a webhook", {"WEBHOOK_SECRET": secret})
        allow(notify, secret_arn(self, secret), "secretsmanager:GetSecretValue")
        DynamoDbStreamTrigger(
            self,
            "AlertsTrigger",
            function=self._released(notify),
            table=self._data.alerts,
            filters=[
                lambda_.FilterCriteria.filter(
                    {
                        "eventName": lambda_.FilterRule.or_("INSERT", "MODIFY"),
                        "dynamodb": {"Keys": {"item": {"S": lambda_.FilterRule.begins_with("alert#")}}},
                    }
                )
            ],
        )

    def _released(self, function: CustomRuntimeFunction) -> lambda_.Function | lambda_.Alias:
        """What triggers invoke: the function itself, or the alias behind which new versions are tried out."""
        if not self._environment.canary:
            return function
        return Release(self, f"{function.node.id}Release", function=function, canary=Canary())

    def _function(
        self,
        name: str,
        description: str,
        variables: Mapping[str, str],
        *,
        network: VpcAccess | None = None,
        config: LayeredConfig | None = None,
    ) -> CustomRuntimeFunction:
        environment = self._environment
        function = CustomRuntimeFunction(
            self,
            name,
            source=FUNCTIONS / name.lower(),
            handler="handler.handle",
            description=description,
            environment=variables,
            architecture=terms.architecture(environment),
            runtime=terms.runtime(environment),
            memory_size=environment.memory_mb,
            timeout=cdk.Duration.seconds(environment.timeout_seconds),
            log_retention=terms.RETENTION[environment.log_retention_days],
            log_removal_policy=terms.removal_policy(environment),
            network=network,
            config=config,
        )
        self.functions[name] = function
        cdk.CfnOutput(self, f"{name}Function", value=function.function_name)
        if function.dead_letter_queue:
            cdk.CfnOutput(self, f"{name}DeadLetters", value=function.dead_letter_queue.queue_url)
        return function

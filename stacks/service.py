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
    ContainerFunction,
    CustomRuntimeFunction,
    DynamoDbStreamTrigger,
    HandlerImage,
    HttpTrigger,
    LayeredConfig,
    PrivateDatabase,
    Release,
    S3Trigger,
    ScheduleTrigger,
    SnsTrigger,
    VpcAccess,
)
from constructs_lib.functions.operations import Operations
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
# Of PostgreSQL: who owns the database's tables, who reads them, and who lets the two in.
OWNER, READER, MASTER = "aggregate", "report", "postgres"


class ServiceStack(cdk.Stack):
    """Bucket -> aggregate -> topic -> alert -> table -> notify, and database -> report, for one environment.

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
            description="Cold-start observatory: functions and their triggers",
            **terms.stack(environment),
        )
        self._environment, self._data, self._network = environment, data, network
        self.functions: dict[str, lambda_.Function] = {}
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
        self._report()
        self._function("Probe", "Does nothing, so that its start can be measured", {})
        cdk.CfnOutput(self, "SummaryTopic", value=summaries.topic_arn)

    def _admit(self, database: PrivateDatabase) -> None:
        """Makes the users that functions log in as: at once, and every day in case the database was restored."""
        admit = self._function(
            "Admit",
            "Lets the users of aggregate and report log in to the database with IAM",
            {
                **database.variables(OWNER),
                "DATABASE_READER": READER,
                "DATABASE_SECRET": database.master_secret_arn,
            },
            network=self._network,
        )
        database.grant_read_master_secret(admit)
        database.grant_connect(admit, MASTER)
        ScheduleTrigger(
            self,
            "Daily",
            function=self._released(admit),
            schedule=scheduler.ScheduleExpression.rate(cdk.Duration.days(1)),
            description="Lets the users of aggregate and report log in to the database",
        )

    def _aggregate(self, summaries: sns.Topic) -> None:
        results = self._data.results
        aggregate = self._function(
            "Aggregate",
            "Reads a results file into the database and publishes one summary for each series",
            {
                **self._login(OWNER),
                "SUMMARY_TOPIC_ARN": summaries.topic_arn,
                "QUARANTINE_PREFIX": QUARANTINE_PREFIX,
            },
            network=self._network,
        )
        self._allow_login(aggregate, OWNER)
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

    def _report(self) -> None:
        """The page for people, behind a URL; in an image, which has room for more than the page needs today."""
        environment, slack = self._environment, self._environment.slack_secret
        report = self._settled(
            ContainerFunction(
                self,
                "Report",
                # On Lambda nobody starts the emulator.
                image=HandlerImage(source=FUNCTIONS / "report", handler="handler.handle", emulator=False),
                **self._operations(
                    "Shows the newest results: a page, JSON, CSV, a slash command",
                    {**self._login(READER), **({"SLACK_SECRET": slack} if slack else {})},
                    network=self._network,
                ),
            )
        )
        self._allow_login(report, READER)
        if slack:
            allow(report, secret_arn(self, slack), "secretsmanager:GetSecretValue")
        url = HttpTrigger(
            self,
            "ReportUrl",
            function=self._released(report),
            auth_type=lambda_.FunctionUrlAuthType.NONE
            if environment.report_public
            else lambda_.FunctionUrlAuthType.AWS_IAM,
            invoke_mode=lambda_.InvokeMode.RESPONSE_STREAM,
        )
        cdk.CfnOutput(self, "ReportAddress", value=url.url)

    def _login(self, user: str) -> dict[str, str]:
        """What a function needs to know to log in to the database."""
        database, secret = self._data.database, self._environment.database_secret
        return database.variables(user) if database else {"DATABASE_SECRET": secret}

    def _allow_login(self, function: lambda_.Function, user: str) -> None:
        if self._data.database:
            self._data.database.grant_connect(function, user)
        else:
            secret = secret_arn(self, self._environment.database_secret)
            allow(function, secret, "secretsmanager:GetSecretValue")

    def _released(self, function: lambda_.Function) -> lambda_.Function | lambda_.Alias:
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
    ) -> lambda_.Function:
        return self._settled(
            CustomRuntimeFunction(
                self,
                name,
                source=FUNCTIONS / name.lower(),
                handler="handler.handle",
                runtime=terms.runtime(self._environment),
                **self._operations(description, variables, network=network, config=config),
            )
        )

    def _operations(
        self,
        description: str,
        variables: Mapping[str, str],
        *,
        network: VpcAccess | None = None,
        config: LayeredConfig | None = None,
    ) -> Operations:
        environment = self._environment
        return {
            "description": description,
            "environment": variables,
            "architecture": terms.architecture(environment),
            "memory_size": environment.memory_mb,
            "timeout": cdk.Duration.seconds(environment.timeout_seconds),
            "log_retention": terms.RETENTION[environment.log_retention_days],
            "log_removal_policy": terms.removal_policy(environment),
            "network": network,
            "config": config,
        }

    def _settled(self, function: lambda_.Function) -> lambda_.Function:
        """Makes a function known: to those who watch it, and to those who read the stack's outputs."""
        name = function.node.id
        self.functions[name] = function
        cdk.CfnOutput(self, f"{name}Function", value=function.function_name)
        if function.dead_letter_queue:
            cdk.CfnOutput(self, f"{name}DeadLetters", value=function.dead_letter_queue.queue_url)
        return function

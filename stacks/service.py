"""What turns results into alerts: the functions, what triggers them, and what each of them may do."""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib import CustomRuntimeFunction, DynamoDbStreamTrigger, S3Trigger, SnsTrigger
from stacks import terms
from stacks.data import QUARANTINE_PREFIX
from stacks.environment import Environment
from stacks.permissions import allow, allow_below

FUNCTIONS = Path(__file__).parents[1] / "lambda_src" / "functions"
RESULTS_PREFIX = "results/"
ANY_NAME = "Who uploads results chooses their names, so the objects can only be told by their prefix"


class ServiceStack(cdk.Stack):
    """Bucket -> aggregate -> topic -> alert -> table -> notify, for one environment.

    Args:
        scope: the application.
        id: the stack's name.
        environment: what differs between deployments.
        results: the bucket that results are uploaded to.
        alerts: the table that alerts are kept in.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        environment: Environment,
        results: s3.Bucket,
        alerts: dynamodb.Table,
    ) -> None:
        super().__init__(
            scope,
            id,
            env=terms.target(environment),
            description="Cold-start observatory: functions and their triggers",
            termination_protection=environment.termination_protection,
        )
        self._environment = environment
        summaries = sns.Topic(self, "Summaries", enforce_ssl=True)
        self._aggregate(results, summaries)
        self._alert(summaries, alerts)
        self._notify(alerts)
        self._function("Probe", "Does nothing, so that its start can be measured", {})
        cdk.CfnOutput(self, "SummaryTopic", value=summaries.topic_arn)

    def _aggregate(self, results: s3.Bucket, summaries: sns.Topic) -> None:
        secret = self._environment.database_secret
        aggregate = self._function(
            "Aggregate",
            "Reads a results file into the database and publishes one summary for each series",
            {
                "DATABASE_SECRET": secret,
                "SUMMARY_TOPIC_ARN": summaries.topic_arn,
                "QUARANTINE_PREFIX": QUARANTINE_PREFIX,
            },
        )
        arrived, quarantined = (
            results.arn_for_objects(f"{prefix}*") for prefix in (RESULTS_PREFIX, QUARANTINE_PREFIX)
        )
        allow_below(aggregate, arrived, "s3:DeleteObject", "s3:GetObject", reason=ANY_NAME)
        # Without this S3 answers 403, not 404, for an object that is gone.
        allow(aggregate, results.bucket_arn, "s3:ListBucket")
        allow_below(aggregate, quarantined, "s3:PutObject", reason=ANY_NAME)
        allow(aggregate, summaries.topic_arn, "sns:Publish")
        allow(aggregate, terms.secret_arn(self, secret), "secretsmanager:GetSecretValue")
        S3Trigger(
            self,
            "ResultsTrigger",
            function=aggregate,
            bucket=results,
            prefix=RESULTS_PREFIX,
            visibility_timeout=cdk.Duration.seconds(self._environment.redelivery_seconds),
            max_concurrency=self._environment.database_connections,
        )

    def _alert(self, summaries: sns.Topic, alerts: dynamodb.Table) -> None:
        alert = self._function(
            "Alert",
            "Compares a summary with its neighbours in time and keeps an alert where starts got slower",
            {
                "ALERTS_TABLE": alerts.table_name,
                "REGRESSION_RATIO": str(self._environment.regression_ratio),
                "REGRESSION_SIGMAS": str(self._environment.regression_sigmas),
            },
        )
        allow(alert, alerts.table_arn, "dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem")
        SnsTrigger(
            self,
            "SummariesTrigger",
            function=alert,
            topic=summaries,
            # A message has the summaries of a runtime's memory sizes, lambda-perf's of four: a hundred in a batch.
            batch_size=25,
            max_batching_window=cdk.Duration.seconds(1),
            visibility_timeout=cdk.Duration.seconds(self._environment.redelivery_seconds),
            # Two at a time keep up with any upload; more would only contend for the same histories.
            max_concurrency=2,
        )

    def _notify(self, alerts: dynamodb.Table) -> None:
        secret = self._environment.webhook_secret
        notify = self._function("Notify", "Posts each new alert to a webhook", {"WEBHOOK_SECRET": secret})
        allow(notify, terms.secret_arn(self, secret), "secretsmanager:GetSecretValue")
        DynamoDbStreamTrigger(
            self,
            "AlertsTrigger",
            function=notify,
            table=alerts,
            filters=[
                lambda_.FilterCriteria.filter(
                    {
                        "eventName": lambda_.FilterRule.or_("INSERT", "MODIFY"),
                        "dynamodb": {"Keys": {"item": {"S": lambda_.FilterRule.begins_with("alert#")}}},
                    }
                )
            ],
        )

    def _function(self, name: str, description: str, variables: Mapping[str, str]) -> CustomRuntimeFunction:
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
        )
        cdk.CfnOutput(self, f"{name}Function", value=function.function_name)
        if function.dead_letter_queue:
            cdk.CfnOutput(self, f"{name}DeadLetters", value=function.dead_letter_queue.queue_url)
        return function

"""What has to outlive every deployment: results, alerts, measurements."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import PrivateDatabase, VpcAccess
from stacks import terms
from stacks.environment import Environment

QUARANTINE_PREFIX = "quarantine/"
# What holds for every bucket: closed to the public, encrypted, reached over TLS only.
_PRIVATE: dict[str, Any] = {
    "block_public_access": s3.BlockPublicAccess.BLOCK_ALL,
    "encryption": s3.BucketEncryption.S3_MANAGED,
    "enforce_ssl": True,
    "minimum_tls_version": 1.2,
    "object_ownership": s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
}


class DataStack(cdk.Stack):
    """The results bucket, the alerts table and the database of one environment.

    Where the environment's removal is ``destroy``, the bucket has to be empty when its stack is destroyed:
    the CDK's ``auto_delete_objects`` would add a hidden function that may delete every object at any time.

    Attributes:
        results: benchmark results under ``results/``, what could not be read under ``quarantine/``.
        alerts: summaries and alerts, one partition for each series, with a stream of changes.
        database: measurements; ``None`` where the environment has none of its own.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        environment: Environment,
        network: VpcAccess | None,
    ) -> None:
        super().__init__(
            scope,
            id,
            description="Cold-start observatory: results and alerts",
            **terms.stack(environment),
        )
        self.results = self._results(terms.removal_policy(environment))
        self.alerts = self._alerts(environment)
        self.database = self._database(environment, network) if network else None
        cdk.CfnOutput(self, "ResultsBucket", value=self.results.bucket_name)
        cdk.CfnOutput(self, "AlertsTable", value=self.alerts.table_name)

    def _database(self, environment: Environment, network: VpcAccess) -> PrivateDatabase:
        return PrivateDatabase(
            self,
            "Database",
            network=network,
            database_name="observatory",
            instance_type=ec2.InstanceType(environment.database_instance),
            multi_az=environment.database_multi_az,
            deletion_protection=environment.termination_protection,
            removal_policy=terms.removal_policy(environment),
            log_retention=terms.RETENTION[environment.log_retention_days],
            log_removal_policy=terms.removal_policy(environment),
        )

    def _results(self, removal_policy: cdk.RemovalPolicy) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Results",
            **_PRIVATE,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                    noncurrent_version_expiration=cdk.Duration.days(90),
                ),
                s3.LifecycleRule(prefix=QUARANTINE_PREFIX, expiration=cdk.Duration.days(180)),
            ],
            server_access_logs_bucket=self._access_logs(removal_policy),
            removal_policy=removal_policy,
        )

    def _access_logs(self, removal_policy: cdk.RemovalPolicy) -> s3.Bucket:
        return s3.Bucket(
            self,
            "AccessLogs",
            **_PRIVATE,
            lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days(90))],
            removal_policy=removal_policy,
        )

    def _alerts(self, environment: Environment) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            "Alerts",
            partition_key=dynamodb.Attribute(name="series", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="item", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            stream=dynamodb.StreamViewType.NEW_IMAGE,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=environment.point_in_time_recovery
            ),
            deletion_protection=environment.termination_protection,
            removal_policy=terms.removal_policy(environment),
        )

"""PostgreSQL that only the functions of a network can reach."""

import re
from hashlib import sha256

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.constructors import checked
from constructs_lib.network import subnets
from constructs_lib.network.errors import UnsuitableSubnetsError, WrongDatabaseUserError
from constructs_lib.network.props import require
from constructs_lib.network.vpc_access import VpcAccess
from constructs_lib.permissions.reading import read_secrets
from constructs_lib.rules import flag, matching, whole_number

# Not PostgreSQL's own, which is what scanners try.
PORT = 15432
STORAGE_GB = 20
MOST_STORAGE_GB = 100
BACKUP_DAYS = 7
LOGS = ("postgresql", "upgrade")
_SUBNET_GROUP_ZONES = 2
_IDENTIFIER_CHARACTERS = 63

# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
_RULES = {
    "allocated_storage": whole_number(STORAGE_GB, 65_536),
    "database_name": matching(
        r"(?!rdsadmin$)[A-Za-z_]\w{0,62}", "1 to 63 letters, digits and _, no digit first"
    ),
    "instance_identifier": matching(
        r"(?=.{1,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "1 to 63 small letters, digits and single hyphens, a letter first",
    ),
    "max_allocated_storage": whole_number(STORAGE_GB, 65_536),
    "multi_az": flag(),
    "port": whole_number(1150, 65_535),
}
_USER = matching(r"[A-Za-z_][A-Za-z0-9_$.@-]{0,62}", "the name of one user of PostgreSQL, without *")


@checked
class PrivateDatabase(rds.DatabaseInstance):
    """A PostgreSQL instance in the isolated subnets of a ``VpcAccess``, whose functions can reach it.

    It is an ``aws_rds.DatabaseInstance``. Users log in with a token of IAM (``grant_connect``) over TLS, which the
    server insists on. The master user's password is made, kept and rotated every seven days by RDS itself
    (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html), so that there is no rotation
    function. Storage and backups are encrypted, minor versions are installed in the maintenance window.

    The instance has a name of its own, because the names of its log groups begin with it and only log groups that exist
    before the instance have the retention asked for. So CloudFormation refuses a change that would replace the instance,
    and its data with it, where it would otherwise make an empty one.

    Args:
        scope: the parent construct.
        id: the construct's id.
        network: whose subnets it is in, and whose functions may connect. It may be in another stack.
        database_name: of the first database. Default: ``app``.
        version: of PostgreSQL. Default: 18, the newest minor version when it is created.
        instance_type: Default: t4g.micro.
        port: what it listens on, 1150 to 65535. Default: 15432.
        allocated_storage: GB of gp3, 20 or more. Default: 20.
        max_allocated_storage: GB up to which RDS adds storage before it is full. Default: 100, or twice
            ``allocated_storage`` where that is more.
        multi_az: whether a standby in another zone takes over when the first fails; it doubles the price. Default: yes.
        backup_retention: how long the daily backups are kept, 1 to 35 days; within it the database can be restored to
            any second. Default: 7 days.
        removal_policy: what becomes of it when it leaves the stack. Default: a last snapshot is taken.
        deletion_protection: whether deleting it is refused until this is off. Default: yes, unless ``removal_policy`` is
            ``DESTROY``.
        log_retention: how long the log is kept. Default: one month.
        log_removal_policy: what becomes of the log when it leaves the stack. Default: it stays.
        instance_identifier: its name, which nothing else in the account and region has. Default: from the construct's
            path.

    Attributes:
        database_name: of the first database.
        port: what it listens on.

    Raises:
        WrongNetworkPropError: a value that RDS does not take.
        UnsuitableSubnetsError: the network's subnets for databases are in one zone only.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        network: VpcAccess,
        database_name: str = "app",
        version: rds.PostgresEngineVersion | None = None,
        instance_type: ec2.InstanceType | None = None,
        port: int = PORT,
        allocated_storage: int = STORAGE_GB,
        max_allocated_storage: int | None = None,
        multi_az: bool = True,
        backup_retention: cdk.Duration | None = None,
        removal_policy: cdk.RemovalPolicy = cdk.RemovalPolicy.SNAPSHOT,
        deletion_protection: bool | None = None,
        log_retention: logs.RetentionDays | None = None,
        log_removal_policy: cdk.RemovalPolicy | None = None,
        instance_identifier: str | None = None,
    ) -> None:
        path = asked_once.Place(scope, id)
        identifier = instance_identifier or _identifier(scope, id)
        most_storage = max_allocated_storage or max(MOST_STORAGE_GB, 2 * allocated_storage)
        for name, value in {
            "allocated_storage": allocated_storage,
            "database_name": database_name,
            "instance_identifier": identifier,
            "max_allocated_storage": most_storage,
            "multi_az": multi_az,
            "port": port,
        }.items():
            require(path, name, value, _RULES[name])
        require(path, "max_allocated_storage", most_storage, whole_number(allocated_storage, 65_536))
        if backup_retention is not None:
            require(path, "backup_retention in days", backup_retention.to_days(), whole_number(1, 35))
        _require_zones(path, network)
        if deletion_protection is None:
            deletion_protection = removal_policy is not cdk.RemovalPolicy.DESTROY
        engine = rds.DatabaseInstanceEngine.postgres(version=version or rds.PostgresEngineVersion.VER_18)
        super().__init__(
            scope,
            id,
            vpc=network.vpc,
            vpc_subnets=network.database_subnets,
            security_groups=[_group(scope, id, network.vpc)],
            engine=engine,
            parameter_group=_only_over_tls(scope, id, engine),
            instance_identifier=identifier,
            instance_type=instance_type or ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MICRO),
            database_name=database_name,
            port=port,
            allocated_storage=allocated_storage,
            max_allocated_storage=most_storage,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            multi_az=multi_az,
            backup_retention=backup_retention or asked_once.days(BACKUP_DAYS),
            auto_minor_version_upgrade=True,
            # Signed by the certificate authorities that clients have; valid until 2061.
            ca_certificate=rds.CaCertificate.RDS_CA_RSA2048_G1,
            iam_authentication=True,
            manage_master_user_password=True,
            publicly_accessible=False,
            cloudwatch_logs_exports=list(LOGS),
            removal_policy=removal_policy,
            deletion_protection=deletion_protection,
        )
        self.database_name, self.port = database_name, port
        self._make_logs(
            identifier,
            log_retention or logs.RetentionDays.ONE_MONTH,
            log_removal_policy or cdk.RemovalPolicy.RETAIN,
        )
        network.allow_database(self, port=port)
        self._acknowledge(multi_az=multi_az, deletion_protection=deletion_protection)

    def grant_connect(self, grantee: iam.IGrantable, db_user: str | None = None) -> iam.Grant:
        """Lets ``grantee`` log in as one user of the database, with a token in place of a password.

        The user has to exist in PostgreSQL and be a member of ``rds_iam``.

        Raises:
            WrongDatabaseUserError: ``db_user`` is missing or names more than one user.
        """
        if not _USER.accepts(db_user):
            raise WrongDatabaseUserError(
                f"{self.node.path} cannot let anybody log in as this user",
                received=repr(db_user),
                allowed=_USER.allowed,
                change="name one user; grant_connect again for another one",
            )
        return super().grant_connect(grantee, db_user)

    def grant_read_master_secret(self, grantee: iam.IGrantable) -> None:
        """Lets ``grantee`` read name and password of the master user, to set up others."""
        grantee.grant_principal.add_to_principal_policy(read_secrets([self.master_secret_arn]))

    @property
    def master_secret_arn(self) -> str:
        """The secret with the master user's ``username`` and ``password``, which RDS made and rotates."""
        return self._resource().attr_master_user_secret_secret_arn

    def variables(self, user: str) -> dict[str, str]:
        """What a function needs to know to log in as ``user`` with a token of IAM, as environment variables."""
        return {
            "DATABASE_AUTHENTICATION": "iam",
            "DATABASE_HOST": self.db_instance_endpoint_address,
            "DATABASE_PORT": str(self.port),
            "DATABASE_NAME": self.database_name,
            "DATABASE_USER": user,
        }

    def _resource(self) -> rds.CfnDBInstance:
        resource = self.node.default_child
        assert isinstance(resource, rds.CfnDBInstance)  # noqa: S101 - what the CDK's class makes
        return resource

    def _make_logs(
        self, identifier: str, retention: logs.RetentionDays, removal_policy: cdk.RemovalPolicy
    ) -> None:
        """The groups that RDS would make without an end, made before it can.

        The CDK's ``cloudwatch_logs_retention`` changes them afterwards, by a hidden function.
        """
        for kind in LOGS:
            group = logs.LogGroup(
                self,
                f"{kind.capitalize()}Logs",
                log_group_name=f"/aws/rds/instance/{identifier}/{kind}",
                retention=retention,
                removal_policy=removal_policy,
            )
            made_first = group.node.default_child
            assert isinstance(made_first, cdk.CfnResource)  # noqa: S101 - likewise
            self._resource().add_resource_dependency(made_first)

    def _acknowledge(self, *, multi_az: bool, deletion_protection: bool) -> None:
        """What AwsSolutions asks for and the user said no to."""
        asked = {
            "AwsSolutions-RDS3": (not multi_az, "multi_az=False: an outage of one zone is accepted"),
            "AwsSolutions-RDS10": (not deletion_protection, "deletion protection was switched off by a prop"),
        }
        for rule, (refused, reason) in asked.items():
            if refused:
                cdk.Validations.of(self).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))


def _group(scope: Construct, id: str, vpc: ec2.IVpc) -> ec2.SecurityGroup:  # noqa: A002 - the CDK's word
    return ec2.SecurityGroup(
        scope, f"{id}SecurityGroup", vpc=vpc, allow_all_outbound=False, description="PostgreSQL"
    )


def _only_over_tls(scope: Construct, id: str, engine: rds.IInstanceEngine) -> rds.ParameterGroup:  # noqa: A002 - the CDK's word
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.Requiring.html
    return rds.ParameterGroup(
        scope,
        f"{id}Parameters",
        engine=engine,
        description="Connections over TLS only",
        parameters={"rds.force_ssl": "1"},
    )


def _require_zones(path: object, network: VpcAccess) -> None:
    selected = subnets.select(path, network.vpc, network.database_subnets)
    zones = set(selected.availability_zones)
    if len(zones) < _SUBNET_GROUP_ZONES:
        raise UnsuitableSubnetsError(
            f"{path} has no subnets that a database can be put into: RDS needs two availability zones",
            received=f"subnets in {', '.join(sorted(zones))}",
            allowed=f"private subnets in {_SUBNET_GROUP_ZONES} zones or more",
            change="import the VPC with its other private subnets, or leave vpc of the network out to get a new one",
        )


def _identifier(scope: Construct, id: str) -> str:  # noqa: A002 - the CDK's word
    """A name from the construct's path; what is too long is cut and made distinct again by a hash."""
    path = f"{asked_once.path_of(scope)}/{id}"
    name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")
    if not name[:1].isalpha():
        name = f"db-{name}".strip("-")
    if len(name) <= _IDENTIFIER_CHARACTERS:
        return name
    digest = sha256(path.encode()).hexdigest()[:8]
    return f"{name[: _IDENTIFIER_CHARACTERS - len(digest) - 1].rstrip('-')}-{digest}"

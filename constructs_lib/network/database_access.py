"""Rules of security groups between functions and a database, wherever each of them is defined."""

from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.network.errors import NoDatabasePortError, NotADatabaseError

# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html, Port. Aurora PostgreSQL is left
# out: its port depends on who creates the cluster, and the CDK always says it.
_DEFAULT_PORTS = {
    "db2": 50_000,
    "mariadb": 3306,
    "mysql": 3306,
    "oracle": 1521,
    "postgres": 5432,
    "sqlserver": 1433,
}
# A proxy listens on its engine's port, whatever the database does.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-connecting.html
_PROXY_PORTS = {"MYSQL": 3306, "POSTGRESQL": 5432, "SQLSERVER": 1433}


def groups_of(path: str, database: Any) -> list[ec2.ISecurityGroup]:
    """The security groups that stand before a database.

    Raises:
        NotADatabaseError: there is none.
    """
    try:
        groups = list(database.connections.security_groups)
    except (AttributeError, RuntimeError):
        groups = []
    if not groups:
        raise NotADatabaseError(
            f"{path} cannot be let into what has no security group",
            received=repr(database) if isinstance(database, str) else type(database).__name__,
            allowed="an aws_rds DatabaseInstance, DatabaseCluster or DatabaseProxy, or a security group",
            change="where a database is imported, import it with its security groups",
        )
    return groups


def port_of(path: str, database: Any) -> int:
    """The port that a database listens on, as a number: a reference would tie the stacks together.

    Raises:
        NoDatabasePortError: its definition does not say.
    """
    default = database.connections.default_port
    if default is not None and default.to_string().isdigit():
        return int(default.to_string())
    port = _defined_port(database.node.default_child)
    if port is None:
        raise NoDatabasePortError(
            f"{path} cannot know the port that {database.node.path} listens on",
            allowed="1 to 65535",
            change="say it: allow_database(..., port=5432)",
        )
    return port


def _defined_port(resource: object) -> int | None:
    if isinstance(resource, rds.CfnDBProxy):
        return _PROXY_PORTS.get(str(resource.engine_family))
    if not isinstance(resource, (rds.CfnDBInstance, rds.CfnDBCluster)):
        return None
    if resource.port is not None:
        return None if asked_once.is_unresolved(resource.port) else int(resource.port)
    return _DEFAULT_PORTS.get(str(resource.engine).removeprefix("aurora-").partition("-")[0])


class DatabaseRule:
    """Lets functions reach a database's security group.

    The functions' side never names the database, because the database names the functions: a reference each way is a
    circle, within a template as well as between stacks. The database's side is an inline rule of its group where that
    adds no dependency between stacks, and a rule of its own beside the functions otherwise.

    Args:
        scope: where rules of their own are made.
        source: the functions' security group.
        vpc: the functions' network.
    """

    def __init__(self, scope: Construct, source: ec2.SecurityGroup, vpc: ec2.IVpc) -> None:
        self._scope, self._source, self._vpc = scope, source, vpc

    def let_in(self, group: ec2.ISecurityGroup, port: int) -> None:
        """Adds the rule to ``group``, once for each port."""
        resource = group.node.default_child
        description = f"Functions of {self._scope.node.path}"
        if isinstance(resource, ec2.CfnSecurityGroup) and self._depends_on_us_anyway(resource):
            group.add_ingress_rule(InlineGroup(self._source), ec2.Port.tcp(port), description)
            return
        id_ = f"{group.unique_id}Port{port}"
        if self._scope.node.try_find_child(id_) is None:
            ec2.CfnSecurityGroupIngress(
                self._scope,
                id_,
                group_id=group.security_group_id,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                source_security_group_id=self._source.security_group_id,
                description=description,
            )

    def _depends_on_us_anyway(self, group: ec2.CfnSecurityGroup) -> bool:
        """Whether the group is in our stack, or in a VPC that our stack defines."""
        home = cdk.Stack.of(self._source)
        if cdk.Stack.of(group) is home:
            return True
        vpc_id = self._vpc.vpc_id
        return asked_once.is_unresolved(vpc_id) and group.vpc_id == vpc_id and cdk.Stack.of(self._vpc) is home


@jsii.implements(ec2.IPeer)
class InlineGroup:
    """A security group as a peer whose rules are part of the other group.

    The CDK makes a resource of its own for each rule between groups, in case they name each other; these never do.
    """

    def __init__(self, group: ec2.ISecurityGroup) -> None:
        self._group = group

    @property
    def connections(self) -> ec2.Connections:
        return self._group.connections

    @property
    def can_inline_rule(self) -> bool:
        return True

    @property
    def unique_id(self) -> str:
        return self._group.unique_id

    def to_ingress_rule_config(self) -> Any:
        return {"sourceSecurityGroupId": self._group.security_group_id}

    def to_egress_rule_config(self) -> Any:
        return {"destinationSecurityGroupId": self._group.security_group_id}

"""Which subnets of a VPC functions are put into."""

from aws_cdk import aws_ec2 as ec2

from constructs_lib.network.errors import UnsuitableSubnetsError


def select(path: object, vpc: ec2.IVpc, selection: ec2.SubnetSelection) -> ec2.SelectedSubnets:
    """The subnets that ``selection`` means in ``vpc``.

    Raises:
        UnsuitableSubnetsError: there are none, or one of them is public.
    """
    try:
        selected = vpc.select_subnets(
            availability_zones=selection.availability_zones,
            one_per_az=selection.one_per_az,
            subnet_filters=selection.subnet_filters,
            subnet_group_name=selection.subnet_group_name,
            subnets=selection.subnets,
            subnet_type=selection.subnet_type,
        )
    except RuntimeError as error:
        raise _unsuitable(path, str(error).partition("\n")[0]) from None
    if selected.has_public:
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html
        raise _unsuitable(
            path, "a public subnet, which leads a function nowhere: it never has a public address"
        )
    if not selected.subnet_ids:
        raise _unsuitable(path, "no subnet at all")
    return selected


def for_functions(path: object, vpc: ec2.IVpc) -> ec2.SubnetSelection:
    """Isolated subnets where the VPC has some, else private ones with a way out.

    Raises:
        UnsuitableSubnetsError: it has neither.
    """
    if vpc.isolated_subnets:
        return ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    if vpc.private_subnets:
        return ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
    raise _unsuitable(path, f"{vpc.node.path}, which has public subnets only or none")


def are_isolated(vpc: ec2.IVpc, selected: ec2.SelectedSubnets) -> bool:
    """Whether no route leads from the subnets to the internet, as far as the CDK knows."""
    isolated = {subnet.subnet_id for subnet in vpc.isolated_subnets}
    return isolated >= set(selected.subnet_ids)


def _unsuitable(path: object, received: str) -> UnsuitableSubnetsError:
    return UnsuitableSubnetsError(
        f"{path} has no subnets that functions can be put into",
        received=received,
        allowed="isolated subnets, or private ones",
        change="choose them with subnets=, or leave vpc out to get a new one",
    )

"""Who is told when something is wrong, and where one looks."""

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from constructs_lib import FunctionAlarms, ServiceDashboard
from stacks import terms
from stacks.environment import Environment
from stacks.service import ServiceStack

# Of the alerts that wait in the table's stream, which forgets them after a day.
ITERATOR_AGE = cdk.Duration.minutes(30)


class WatchingStack(cdk.Stack):
    """Alarms for each function of the service, a topic that they tell, and a dashboard."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        environment: Environment,
        service: ServiceStack,
    ) -> None:
        super().__init__(
            scope,
            id,
            description="Cold-start observatory: alarms and dashboard",
            **terms.stack(environment),
        )
        topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        if environment.alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(environment.alarm_email))
        alarms = [
            FunctionAlarms(
                self,
                name,
                function=function,
                notify=topic,
                queues=service.queues.get(name, ()),
                message_age=cdk.Duration.seconds(6 * environment.redelivery_seconds),
                iterator_age=ITERATOR_AGE if name in service.fed_by_streams else None,
            )
            for name, function in service.functions.items()
        ]
        ServiceDashboard(self, "Dashboard", alarms=alarms)
        cdk.CfnOutput(self, "AlarmTopic", value=topic.topic_arn)

"""How each example is set going through its trigger, and how it is seen that its function ran."""

import json
from collections.abc import Callable

from tests.e2e.deployed_example import DeployedExample

Drive = Callable[[DeployedExample], None]


def _audit(example: DeployedExample) -> None:
    assert example.invoke("Record", {"what": "a visit"}) == {"recorded": "a visit"}
    example.await_logged("Record", "recorded a visit")


def _previews(example: DeployedExample) -> None:
    assert example.invoke("Preview", {"document": "a letter"}) == {"preview": "a letter"}
    example.await_logged("Preview", "previewing a letter")


def _payments(example: DeployedExample) -> None:
    example.aws.client("sns").publish(TopicArn=example.outputs["PaidArn"], Message="order 12")
    example.await_logged("Book", "booked order 12")
    example.await_logged("Thank", "thanked for order 12")


def _accounts(example: DeployedExample) -> None:
    account = {"id": {"S": "account-7"}}
    example.aws.client("dynamodb").put_item(TableName=example.outputs["AccountsName"], Item=account)
    example.await_logged("Welcome", "account-7")


def _shop(example: DeployedExample) -> None:
    assert example.get(f"{example.outputs['ApiUrl']}/items/9") == {"id": "9"}
    example.await_logged("Items", "GET /items/{id}")


def _salutations(example: DeployedExample) -> None:
    assert example.get(f"{example.outputs['Url']}?name=you") == {"hello": "you"}
    example.await_logged("Salute", "you")


def _thumbnails(example: DeployedExample) -> None:
    bucket = example.outputs["UploadsName"]
    example.aws.client("s3").put_object(Bucket=bucket, Key="incoming/cat.jpg", Body=b"cat")
    example.await_logged("Resize", "incoming/cat.jpg")


def _reports(example: DeployedExample) -> None:
    scheduler = example.aws.client("scheduler")
    name = example.physical("AWS::Scheduler::Schedule", "EveryMinute")
    schedule = scheduler.get_schedule(Name=name)
    # What it does, at a time that has come, so that nobody has to wait for a minute.
    same = {key: schedule[key] for key in ("Target", "FlexibleTimeWindow")}
    scheduler.create_schedule(Name="now", **same, ScheduleExpression="at(2020-01-01T00:00:00)")
    example.await_logged("Report", "heartbeat")


def _orders(example: DeployedExample) -> None:
    country = {"country": {"DataType": "String", "StringValue": "SE"}}
    message = json.dumps({"number": "order-3"})
    topic = example.outputs["PlacedArn"]
    example.aws.client("sns").publish(TopicArn=topic, Message=message, MessageAttributes=country)
    example.await_logged("Confirm", "order-3")


def _mail(example: DeployedExample) -> None:
    message = json.dumps({"to": "somebody"})
    example.aws.client("sqs").send_message(QueueUrl=example.outputs["OutgoingUrl"], MessageBody=message)
    example.await_logged("Send", "somebody")


def _prices(example: DeployedExample) -> None:
    assert example.invoke("Price", {}) == {
        "greetings": ["hej"],
        "database": "db.prod.internal:6543",
        "log_level": "debug",
        "password": "Secret(hidden)",
        "length": 32,
    }


def _invoices(example: DeployedExample) -> None:
    example.aws.client("sns").publish(TopicArn=example.outputs["DueArn"], Message="invoice 5")
    example.await_logged("Bill", "billed invoice 5")


def _quotes(example: DeployedExample) -> None:
    example.aws.client("sns").publish(TopicArn=example.outputs["AskedArn"], Message="a door")
    example.await_logged("Quote", "a door costs 12, says version 1")


def _bakery(example: DeployedExample) -> None:
    example.aws.client("sns").publish(TopicArn=example.outputs["OrderedArn"], Message="rye bread")
    example.await_logged("Bake", "baked rye bread")


def _distances(example: DeployedExample) -> None:
    answer = example.invoke("Measure", {"from": [0, 0], "to": [3, 4]})
    assert answer == {"distance": 5.0, "unit": "km"}
    example.await_logged("Measure", "measured")


def _echoes(example: DeployedExample) -> None:
    assert example.invoke("Echo", {"word": "ho"}) == {"echo": {"word": "ho"}}
    example.await_logged("Echo", "echo heard")


def _sums(example: DeployedExample) -> None:
    assert example.invoke("Total", {"numbers": [1, 2, 3]}, qualifier="live") == {"total": 6}
    example.await_logged("Total", "adding 3 numbers")


def _dates(example: DeployedExample) -> None:
    assert example.invoke("Weekday", {"date": "2026-11-21"}) == {"weekday": "Saturday"}
    assert example.invoke("Days", {"from": "2026-11-30", "count": 2}) == {
        "days": ["2026-11-30", "2026-12-01"]
    }
    example.await_logged("Weekday", "is a Saturday")


def _library(example: DeployedExample) -> None:
    example.aws.client("sns").publish(TopicArn=example.outputs["LentArn"], Message="a book")
    example.await_logged("Note", "librarian notes a book in catalogue")


def _ledger(example: DeployedExample) -> None:
    example.aws.client("sns").publish(TopicArn=example.outputs["SoldArn"], Message="a lamp")
    example.await_logged("Enter", "a lamp goes into the books at")


DRIVES: dict[str, Drive] = {
    "container-function": _previews,
    "custom-runtime-function": _distances,
    "dead-letter-queue": _payments,
    "dynamodb-stream-trigger": _accounts,
    "function-alarms": _invoices,
    "http-api-trigger": _shop,
    "http-trigger": _salutations,
    "layered-config": _prices,
    "log-role": _audit,
    "managed-runtime-function": _sums,
    "native-binary-function": _echoes,
    "private-database": _library,
    "release": _quotes,
    "runtime-layer": _dates,
    "s3-trigger": _thumbnails,
    "schedule-trigger": _reports,
    "service-dashboard": _bakery,
    "sns-trigger": _orders,
    "sqs-trigger": _mail,
    "vpc-access": _ledger,
}

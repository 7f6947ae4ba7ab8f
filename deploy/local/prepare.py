"""The queues and the table of the profile `local`, made where they are missing."""

import contextlib
import json

import boto3

sqs = boto3.client("sqs")
dead = sqs.create_queue(QueueName="hopstop-dead")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sqs.set_queue_attributes(
    QueueUrl=sqs.create_queue(QueueName="hopstop")["QueueUrl"],
    Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 10})},
)

dynamodb = boto3.client("dynamodb")
with contextlib.suppress(dynamodb.exceptions.ResourceInUseException):
    dynamodb.create_table(
        TableName="hopstop",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    dynamodb.update_time_to_live(
        TableName="hopstop", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
    )

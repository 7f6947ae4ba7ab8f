"""The queue and the table of the profile `local`, made where they are missing."""

import contextlib

import boto3

boto3.client("sqs").create_queue(QueueName="hopstop")

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

"""What only the DynamoDB store has: limits, busy tables, lost answers, rights, and what AWS sweeps by itself."""

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
import yaml

from integrations.dynamodb_calls import ATTEMPTS
from integrations.dynamodb_seen import MOST_IDS
from integrations.dynamodb_store import DynamoDbStore
from integrations.dynamodb_table import table_definition
from integrations.stores import open_store
from model.errors import Malformed, Refused, Unavailable
from model.journal import stamped
from tests.integrations.aws_world import allow
from tests.integrations.dynamodb_faults import Faults
from tests.integrations.store_worlds import (
    HOUR,
    LEASE_S,
    NOW,
    DynamoDbWorld,
    clients_of,
    commit,
    finding,
    lesson,
)
from tests.servers import free_port, ministack, moto_url  # noqa: F401 - fixtures

DAY = 86_400
ROOT = Path(__file__).parents[2]


on_both = pytest.mark.parametrize("world", ["ministack", "moto"], indirect=True)
"""What hangs on how a DynamoDB answers; the rest is how its client takes it."""


@pytest.fixture
def world(request):
    """A client of its own for each test: faults are registered with it."""
    if getattr(request, "param", "") == "moto":
        session = boto3.Session("AKIAMOTO", "secret", region_name="us-east-1")
        return DynamoDbWorld(clients_of(request.getfixturevalue("moto_url"), session))
    server = request.getfixturevalue("ministack")
    return DynamoDbWorld(clients_of(server.url, server.root("400000000000")))


@pytest.fixture
def store(world):
    return world.store()


@pytest.fixture
def version(store):
    return store.lead("first", LEASE_S).version


@pytest.fixture
def faults(world, version):
    return Faults(world.client)


@on_both
def test_what_ages_says_when_it_expires(world, store, version):
    documents = {("identity", "a"): stamped(1, b"x"), ("origin", "b"): stamped(1, b"y")}
    ids = dict.fromkeys(range(70), (1,))
    commit(store, version, 1, documents, ids=ids, changes=os.urandom(400_000), assumed=b"a", findings=(finding(),))
    store.teach(lesson("one"))
    found = {item["pk"]["S"].split("#")[0]: item for item in world.items() if "#identity" not in item["pk"]["S"]}
    kept = {name: (int(item["expires"]["N"]) - NOW) // DAY for name, item in found.items() if "expires" in item}
    assert kept == {"seen": 5, "assumed": 1, "journal": 90, "part": 97, "doc": 400}
    assert {*found} - {*kept} == {"leader", "outbox", "finding", "lesson"}
    identity = store._calls.get("doc#identity", "=a")
    assert int(identity["expires"]["N"]) == NOW + 45 * DAY
    store.acknowledge(store.unsent())
    state = next(item for item in world.items() if item["pk"]["S"].startswith("finding#"))
    assert int(state["expires"]["N"]) == NOW + 45 * DAY


@on_both
def test_what_expired_is_not_there_even_where_aws_has_not_swept_it_yet(world, store, version):
    commit(store, version, 1, {("identity", "a"): stamped(1, b"x"), ("origin", "b"): stamped(1, b"y")})
    world.now.at += 45 * DAY
    assert store.get("identity", "a") is None
    assert [*store.every("identity")] == []
    assert store.get("origin", "b") == stamped(1, b"y")


@on_both
def test_the_fullest_entry_is_one_transaction_that_aws_takes(store, version, faults):
    faults.watch("TransactWriteItems")
    for n in range(20):
        store.teach(lesson(str(n)))
    spread = {hour: tuple(range(hour * 1000, hour * 1000 + MOST_IDS // 100)) for hour in range(100)}
    found = tuple(finding(f"f{n}", message="m" * 3000) for n in range(90))
    taken = tuple(number for number, _ in store.lessons())
    commit(store, version, 1, ids=spread, changes=b"c" * 350_000, assumed=b"a" * 350_000, findings=found, lessons=taken)
    items = faults.asked[0]["TransactItems"]
    assert len(items) <= 100
    assert sum(size_of(item) for item in items) < 4 * 2**20
    assert max(size_of(item) for item in items) < 400 * 1024
    assert sorted(store.ids(99)) == [*spread[99]]


def size_of(action: dict) -> int:
    """Bytes as DynamoDB counts them, or a few more."""
    item = next(iter(action.values())).get("Item", {})
    bodies = (next(iter(value.values())) for value in item.values())
    return sum(len(name) for name in item) + sum(
        len(base64.b64decode(value) if name in {"ids", "body"} else str(value))
        for name, value in zip(item, bodies, strict=True)
    )


def test_more_than_a_transaction_holds_is_refused_before_anything_is_written(world, store, version):
    with pytest.raises(Malformed, match="commit more often"):
        commit(store, version, 1, ids={HOUR: range(MOST_IDS + 1)})
    with pytest.raises(Malformed, match="more than 20 lessons"):
        commit(store, version, 1, lessons=range(21))
    assert [item["pk"]["S"] for item in world.items()] == ["leader"]
    commit(store, version, 1)


# --- a busy table


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ProvisionedThroughputExceededException", 400),
        ("ThrottlingException", 400),
        ("RequestLimitExceeded", 400),
        ("TransactionInProgressException", 400),
        ("InternalServerError", 500),
        ("ServiceUnavailable", 503),
    ],
)
def test_what_is_busy_is_asked_again_with_longer_pauses(world, store, version, faults, code, status):
    faults.answer("TransactWriteItems", code, status, times=3)
    commit(store, version, 1, ids={HOUR: (1,)})
    assert [*store.ids(HOUR)] == [1]
    assert len({asked["ClientRequestToken"] for asked in faults.asked[:4]}) == 1
    assert [0.5 <= pause / base <= 1.5 for pause, base in zip(world.pauses, (0.05, 0.1, 0.2), strict=True)] == [
        True
    ] * 3


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_that_met_another_is_done_again(store, version, faults, reason):
    faults.cancel("None", reason, times=2)
    commit(store, version, 1, ids={HOUR: (1,)})
    assert [*store.ids(HOUR)] == [1]


def test_what_stays_busy_is_unavailable_after_a_bounded_number_of_attempts(world, store, version, faults):
    faults.cancel("None", "TransactionConflict")
    with pytest.raises(Unavailable, match=r"^AWS did not use the store's table: TransactionConflict$"):
        commit(store, version, 1, ids={HOUR: (1,)})
    assert len(faults.asked) == ATTEMPTS
    assert len(world.pauses) == ATTEMPTS - 1
    assert sum(world.pauses) < 3


@pytest.mark.parametrize("operation", ["GetItem", "Query", "PutItem", "UpdateItem"])
def test_every_call_is_asked_again(store, version, faults, operation):
    faults.answer(operation, "ThrottlingException", times=2)
    store.teach(lesson("one"))
    store.renew(version)
    commit(store, version, 1, {("origin", "a"): stamped(1, b"x")}, findings=(finding(),))
    assert store.get("origin", "a") == stamped(1, b"x")
    assert len(store.lessons()) == 1
    assert store.unsent() == (finding(),)


# --- lost answers


@on_both
@pytest.mark.parametrize("times", [1, 10**6])
def test_a_commit_whose_answer_is_lost_is_a_commit(store, version, faults, times):
    faults.lose("TransactWriteItems", times)
    commit(store, version, 1, ids={HOUR: (1,)}, changes=b"c", findings=(finding(),))
    assert [*store.ids(HOUR)] == [1]
    assert [*store.journal()] == [(1, b"c")]


@on_both
def test_findings_of_a_commit_whose_answers_were_lost_are_handed_over(world, store, version, faults):
    faults.lose("TransactWriteItems", 4)
    commit(store, version, 1, findings=(finding("a"), finding("b")))
    assert [each.uid for each in store.unsent()] == ["a", "b"]
    commit(store, version, 2)


def test_a_commit_that_nobody_can_say_anything_of_is_unavailable_and_may_have_happened(world, store, version, faults):
    faults.lose("TransactWriteItems")
    faults.answer("GetItem", "InternalServerError", 500)
    with pytest.raises(Unavailable):
        commit(store, version, 1, ids={HOUR: (1,)})
    other = DynamoDbStore(clients_of(world.client.meta.endpoint_url, world.clients._base), world.table)
    assert other.lead("first", LEASE_S).entry == 1
    assert [*other.ids(HOUR)] == [1]


def test_a_commit_that_was_never_done_is_not_taken_for_one(store, version, faults):
    commit(store, version, 1)
    faults.answer("TransactWriteItems", "InternalServerError", 500, times=ATTEMPTS)
    with pytest.raises(Unavailable):
        commit(store, version, 2, ids={HOUR: (1,)})
    assert [*store.ids(HOUR)] == []
    commit(store, version, 2, ids={HOUR: (2,)})
    assert [*store.ids(HOUR)] == [2]


@on_both
def test_a_lead_whose_answer_is_lost_is_a_lead(world, store, faults):
    faults.lose("UpdateItem", 1)
    lead = store.lead("first", LEASE_S)
    assert lead is not None
    commit(store, lead.version, 1)


# --- what comes after the transaction


def test_documents_that_could_not_be_written_back_come_with_the_next_commit(store, version, faults):
    commit(store, version, 1, changes=b"1")
    pass_first(faults, "TransactWriteItems", "InternalServerError", ATTEMPTS)
    commit(store, version, 2, {("origin", "a"): stamped(2, b"x")}, changes=b"2")
    assert store.get("origin", "a") is None
    assert [number for number, _ in store.journal()] == [1, 2]
    commit(store, version, 3, {("origin", "b"): stamped(3, b"y")}, changes=b"3", folded=2)
    assert store.get("origin", "a") == stamped(2, b"x")
    assert store.get("origin", "b") == stamped(3, b"y")
    assert [number for number, _ in store.journal()] == [3]


def test_nothing_is_folded_while_documents_cannot_be_written_back(store, version, faults):
    commit(store, version, 1, changes=b"1")
    pass_first(faults, "TransactWriteItems", "InternalServerError", 2 * ATTEMPTS)
    commit(store, version, 2, {("origin", "a"): stamped(2, b"x")}, changes=b"2")
    with pytest.raises(Unavailable):
        commit(store, version, 3, changes=b"3", folded=2)
    assert [number for number, _ in store.journal()] == [1, 2]
    assert store.lead("first", LEASE_S).entry == 2


def pass_first(faults: Faults, operation: str, code: str, times: int) -> None:
    """One call of the operation goes well, then `times` go wrong."""
    left = [1]
    original = faults._client.meta.events

    def begin(**_: object) -> None:
        if left[0] == 0:
            return
        left[0] -= 1
        if left[0] == 0:
            original.unregister(f"after-call.dynamodb.{operation}", begin)
            faults.answer(operation, code, 500, times=times)

    original.register(f"after-call.dynamodb.{operation}", begin)


@on_both
def test_a_document_is_never_written_over_a_newer_one(world, store, version):
    commit(store, version, 1, {("origin", "a"): stamped(9, b"newer"), ("origin", "b"): stamped(1, b"old")})
    documents = {("origin", "a"): stamped(2, b"older"), ("origin", "b"): stamped(2, b"new"), ("origin", "c"): None}
    commit(store, version, 2, documents)
    assert dict(store.every("origin")) == {"a": stamped(9, b"newer"), "b": stamped(2, b"new")}
    commit(store, version, 3, {("origin", "a"): None})
    assert store.get("origin", "a") == stamped(9, b"newer")


def test_parts_without_an_entry_are_nothing(world, store, version, faults):
    faults.cancel("ConditionalCheckFailed", times=1)
    with pytest.raises(Refused):
        commit(store, version, 1, changes=os.urandom(1_000_000))
    assert [item["sk"]["S"] for item in world.items() if item["pk"]["S"].startswith("part#")] != []
    assert [*store.journal()] == []
    commit(store, version, 1, changes=b"small")
    assert [*store.journal()] == [(1, b"small")]


def test_a_part_that_is_gone_is_said(world, store, version):
    commit(store, version, 1, {("origin", "big"): stamped(1, os.urandom(1_000_000))})
    part = next(item for item in world.items() if item["pk"]["S"].startswith("part#"))
    world.client.delete_item(TableName=world.table, Key={"pk": part["pk"], "sk": part["sk"]})
    with pytest.raises(Malformed, match="a part of it is gone"):
        store.get("origin", "big")


def test_folded_entries_leave_with_their_parts(world, store, version):
    for number in range(1, 31):
        commit(store, version, number, changes=os.urandom(400_000 if number == 3 else 10))
    commit(store, version, 31, folded=30)
    assert sum(item["pk"]["S"] == "journal" for item in world.items()) == 5
    commit(store, version, 32, folded=30)
    assert {item["pk"]["S"].split("#")[0] for item in world.items()} == {"leader"}


# --- refusals


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnrecognizedClientException"])
def test_credentials_that_do_not_do_are_one_line_without_a_secret(store, version, faults, code):
    token = "FwoGZXIvYXdzEJr" + "A1b2C3d4" * 10
    faults.answer("TransactWriteItems", code, message=f"the token {token} is not good")
    with pytest.raises(Refused) as caught:
        commit(store, version, 1)
    assert token not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_credentials_that_ended_are_taken_anew(store, version, faults):
    faults.answer("TransactWriteItems", "ExpiredTokenException")
    commit(store, version, 1, changes=b"small")
    assert [*store.journal()] == [(1, b"small")]


def test_a_finding_that_cannot_be_read_is_said_and_holds_nothing_up(world, store, version):
    commit(store, version, 1, findings=(finding(),))
    assert store.unsent()
    item = next(item for item in world.items() if item["pk"]["S"] == "outbox")
    world.client.put_item(TableName=world.table, Item={**item, "body": {"B": b"{}"}})
    with pytest.raises(Malformed, match="a finding in it cannot be read"):
        store.unsent()
    commit(store, version, 2, findings=(finding("another"),))
    assert [each.uid for each in store.unsent()] == ["another"]
    commit(store, version, 3, findings=(finding(confidence="high"),))
    assert {each.uid for each in store.unsent()} == {"another", finding().uid}


@on_both
@pytest.mark.parametrize("call", [lambda s: s.lead("a", 1), lambda s: s.unsent(), lambda s: s.teach(lesson("x"))])
def test_a_table_that_is_not_there_names_the_fix(world, call):
    with pytest.raises(Malformed, match=r"^HOPSTOP_STORE: AWS knows no table nowhere .*create it"):
        call(DynamoDbStore(world.clients, "nowhere"))


@on_both
def test_a_transaction_on_a_table_that_is_not_there_names_the_fix(world):
    with pytest.raises(Malformed, match=r"^HOPSTOP_STORE: AWS knows no table nowhere"):
        commit(DynamoDbStore(world.clients, "nowhere"), 1, 1)


@on_both
@pytest.mark.parametrize("call", [lambda s: s.lead("a", 1), lambda s: s.unsent(), lambda s: s.teach(lesson("x"))])
def test_a_table_with_other_keys_names_the_fix(world, call):
    definition = table_definition(f"{world.table}-other")
    definition["AttributeDefinitions"] = [{"AttributeName": "id", "AttributeType": "S"}]
    definition["KeySchema"] = [{"AttributeName": "id", "KeyType": "HASH"}]
    world.client.create_table(**definition)
    with pytest.raises(Malformed, match=r"^HOPSTOP_STORE: the keys of table .*name another table, or create one"):
        call(DynamoDbStore(world.clients, definition["TableName"]))
    world.client.delete_table(TableName=definition["TableName"])


def test_an_aws_that_is_not_there_is_unavailable():
    pauses: list[float] = []
    clients = clients_of(f"http://127.0.0.1:{free_port()}", boto3.Session("a", "b", region_name="us-east-1"))
    with pytest.raises(Unavailable, match="cannot be reached"):
        DynamoDbStore(clients, "t00", pause=pauses.append).unsent()
    assert len(pauses) == ATTEMPTS - 1


def test_the_rights_that_the_documentation_asks_for_are_enough(ministack):  # noqa: F811
    account = ministack.new_account()
    admin = clients_of(ministack.url, ministack.root(account))
    world = DynamoDbWorld(admin)
    iam = admin.own("iam")
    iam.create_user(UserName="hopstop")
    actions = re.findall(r"`(dynamodb:\w+)`", (ROOT / "docs/security.md").read_text("utf-8"))
    called = re.findall(r'_call\("(\w+)"', (ROOT / "integrations/dynamodb_calls.py").read_text("utf-8"))
    words = {"".join(part.title() for part in operation.split("_")) for operation in called}
    assert {*actions} == {f"dynamodb:{word}" for word in words | {"ConditionCheckItem"}}
    session = user_with(ministack, iam, allow(*actions))
    store = DynamoDbStore(clients_of(ministack.url, session), world.table)
    version = store.lead("first", LEASE_S).version
    store.renew(version)
    store.teach(lesson("one"))
    everything = {"changes": os.urandom(500_000), "assumed": b"a", "ids": {HOUR: (1,)}, "findings": (finding(),)}
    taken = tuple(number for number, _ in store.lessons())
    commit(store, version, 1, {("origin", "a"): stamped(1, b"x"), ("origin", "b"): None}, lessons=taken, **everything)
    commit(store, version, 2, folded=1)
    store.put_off(store.unsent())
    store.acknowledge((finding(),))
    assert store.get("origin", "a") == stamped(1, b"x")
    assert ([*store.journal()], [*store.ids(HOUR)]) == ([], [1])
    store.resign(version)
    with pytest.raises(Refused, match="AccessDenied"):
        DynamoDbStore(clients_of(ministack.url, user_with(ministack, iam, allow("sqs:*"))), world.table).unsent()


def user_with(ministack, iam, policy: str) -> boto3.Session:  # noqa: F811
    iam.put_user_policy(UserName="hopstop", PolicyName="p", PolicyDocument=policy)
    made = iam.create_access_key(UserName="hopstop")["AccessKey"]
    return ministack.session(made["AccessKeyId"], made["SecretAccessKey"])


def test_a_setting_opens_it(world):
    store = open_store(f"dynamodb://{world.table}", world.clients)
    assert isinstance(store, DynamoDbStore)
    assert store.lead("first", LEASE_S).version == 1


def test_the_table_that_is_documented_is_the_one_that_is_used():
    pages = (ROOT / "docs/operations.md").read_text("utf-8").replace("\\\n", " ")
    block = pages.split("<!-- table -->\n```sh\n")[1].split("```")[0]
    given = {name: words.split() for name, words in re.findall(r"--([a-z-]+) ((?:[^\s-]\S* *)+)", block)}
    definition = table_definition("hopstop")
    assert given["billing-mode"] == [definition["BillingMode"]]
    assert [shape(word) for word in given["attribute-definitions"]] == definition["AttributeDefinitions"]
    assert [shape(word) for word in given["key-schema"]] == definition["KeySchema"]
    assert given["time-to-live-specification"] == ["Enabled=true,AttributeName=expires"]


def shape(words: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in words.split(","))


def test_the_local_table_is_the_one_that_is_used_and_making_it_twice_is_once(ministack):  # noqa: F811
    job = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]["local-queue"]
    assert (job["volumes"], job["entrypoint"]) == (["./deploy/local:/local:ro"], ["python", "/local/prepare.py"])
    account = ministack.new_account()
    environment = {"AWS_ENDPOINT_URL": ministack.url, "AWS_DEFAULT_REGION": "us-east-1", "AWS_SECRET_ACCESS_KEY": "x"}
    for _ in range(2):
        run = [sys.executable, ROOT / "deploy/local/prepare.py"]
        subprocess.run(run, env={**os.environ, **environment, "AWS_ACCESS_KEY_ID": account}, check=True, timeout=30)
    client = clients_of(ministack.url, ministack.root(account)).own("dynamodb")
    made = client.describe_table(TableName="hopstop")["Table"]
    definition = table_definition("hopstop")
    assert made["KeySchema"] == definition["KeySchema"]
    assert made["AttributeDefinitions"] == definition["AttributeDefinitions"]
    aged = client.describe_time_to_live(TableName="hopstop")["TimeToLiveDescription"]
    assert aged == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}

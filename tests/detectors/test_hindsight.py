"""Archives teach exactly what a judge that only learns would have learned from the same records."""

import random
from datetime import timedelta
from math import inf

import msgspec
import pytest

from detectors.hindsight import Hindsight
from detectors.memory import IDENTITY, ORIGIN, PEER, ROLE
from detectors.settling import Settling
from detectors.track import Track
from detectors.track_change import track_document
from model.archive_learning import Reader, Reading, Window
from model.baseline import Baseline
from model.documents import Shelf
from model.journal import stamped, unstamped
from model.peer_use import PeerUse
from model.role_use import RoleUse
from tests.detectors.paper_store import PaperStore
from tests.detectors.world import ANA, TOOLS, assume, call, laptop, month, new_judge, night, read, role_arn

FORMS = {IDENTITY: Baseline, ROLE: RoleUse, PEER: PeerUse}
ALWAYS = Window(-inf, inf)


def reading(records, watched=()) -> Reading:
    """As another process gives it."""
    reader = Reader(watched=watched)
    reader.read(read(records), ALWAYS)
    return msgspec.msgpack.decode(msgspec.msgpack.encode(reader.finish()), type=Reading)


def taught(hindsight: Hindsight) -> dict:
    return {place: value(place[0], hindsight.document(place, 1)) for place in hindsight.places()}


def value(kind: str, document: bytes):
    return msgspec.msgpack.decode(unstamped(document)[1], type=FORMS[kind])


def learned_by_hindsight(*portions) -> dict:
    hindsight = Hindsight(Shelf())
    for portion in portions:
        hindsight.take(reading(portion))
    hindsight.finish()
    return taught(hindsight)


def learned_by_judge(records) -> dict:
    store = PaperStore()
    judge = new_judge(store)
    for at in range(0, len(records), 200):
        judge.judge(read(records[at : at + 200]), inf)
        store.commit(judge.written())
    judge.finish(inf)
    store.commit(judge.written())
    memory = Settling(store, store.last)
    for written in memory.settled():
        store.keep(written.documents)
    return {(kind, key): value(kind, document) for kind in FORMS for key, document in store.every(kind)}


def without_plain_calls(place, value):
    """A judge notes every call right after a hop, archives those that the watch judges."""
    if place[0] == IDENTITY:
        value.after = {name: told for name, told in value.after.items() if not name.startswith("ec2:Describe")}
    return value


def assert_same(ours: dict, theirs: dict) -> None:
    assert ours.keys() == theirs.keys()
    for place, expected in theirs.items():
        assert ours[place] == without_plain_calls(place, expected), place


RECORDS = [*month(), *laptop(night())]
HOP = assume(ANA, "ci", TOOLS, night(), "ana")


def test_it_is_what_a_judge_learns():
    assert_same(learned_by_hindsight(RECORDS), learned_by_judge(RECORDS))


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_same_in_whatever_portions_a_days_files_come(seed):
    """Each day's records in files by account, shuffled: what lies side by side in time lies in different files."""
    chance = random.Random(seed)
    days: dict[str, dict[str, list]] = {}
    for record in RECORDS:
        days.setdefault(record["eventTime"][:10], {}).setdefault(record["recipientAccountId"], []).append(record)
    portions = []
    for files in days.values():
        bodies = [*files.values()]
        chance.shuffle(bodies)
        portions.append([record for body in bodies for record in chance.sample(body, len(body))])
    assert_same(learned_by_hindsight(*portions), learned_by_judge(RECORDS))


def test_calls_that_the_watch_judges_are_noted_right_after_a_hop():
    made, session = HOP
    create = call(session, night() + timedelta(seconds=30), "CreateUser") | {"eventSource": "iam.amazonaws.com"}
    late = call(session, night() + timedelta(minutes=6), "CreateRole") | {"eventSource": "iam.amazonaws.com"}
    records = [made, create, late]
    ours = learned_by_hindsight(records)
    assert ours[IDENTITY, f"role:{TOOLS}:{session.id.split(':')[0]}"].after.keys() == {"iam:CreateUser"}
    assert_same(ours, learned_by_judge(records))


def test_services_teach_nothing():
    service = HOP[0] | {"userIdentity": {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}}
    assert learned_by_hindsight([service]) == {}


def quarantined(origin: str, since: float, until: float) -> Shelf:
    shelf = Shelf()
    shelf.keep({(ORIGIN, origin): stamped(3, track_document(Track(quarantine=until, since=since)))})
    return shelf


def test_what_a_finding_keeps_in_quarantine_teaches_nothing_but_the_windows():
    made, session = HOP
    at = night().timestamp()
    origin = f"user:{TOOLS}:{ANA.id}"
    records = [made, call(session, night() + timedelta(seconds=9)), call(ANA, night() - timedelta(days=2))]
    hindsight = Hindsight(quarantined(origin, at - 60, at + 3600))
    assert hindsight.watched == [Window(at - 60, at + 3600)]
    hindsight.take(reading(records, hindsight.watched))
    hindsight.finish()
    known = taught(hindsight)
    assert known[IDENTITY, origin].targets == {}
    assert len(known[IDENTITY, origin].recent) == 1
    assert known[IDENTITY, origin].active_hours == 1
    assert (IDENTITY, f"role:{TOOLS}:{session.id.split(':')[0]}") not in known


def test_documents_go_on_from_what_the_store_has():
    first, second = RECORDS[:900], RECORDS[900:]
    shelf = Shelf()
    for portion in (first, second):
        hindsight = Hindsight(shelf)
        hindsight.take(reading(portion))
        hindsight.finish()
        shelf.keep({place: hindsight.document(place, 1) for place in hindsight.places()})
    whole = learned_by_hindsight(RECORDS)
    both = {(kind, key): value(kind, document) for kind in FORMS for key, document in shelf.every(kind)}
    assert both[IDENTITY, f"user:{TOOLS}:{ANA.id}"] == whole[IDENTITY, f"user:{TOOLS}:{ANA.id}"]
    assert both.keys() == whole.keys()


def test_what_was_learned_before_is_only_linked():
    made, session = HOP
    create = call(session, night() + timedelta(seconds=30), "CreateUser") | {"eventSource": "iam.amazonaws.com"}
    hindsight = Hindsight(Shelf())
    hindsight.take(reading([made, call(ANA, night())]), only_link=True)
    hindsight.finish(only_link=True)
    assert hindsight.places() == []
    hindsight.take(reading([create]))
    role = f"role:{TOOLS}:{session.id.split(':')[0]}"
    assert taught(hindsight)[IDENTITY, role].after.keys() == {"iam:CreateUser"}


def test_a_document_that_holds_the_teaching_already_stays_as_it_is():
    hindsight = Hindsight(Shelf(), lambda place, _: place == (ROLE, role_arn("ci", TOOLS)))
    hindsight.take(reading([HOP[0]]))
    assert [kind for kind, _ in hindsight.places()] == [IDENTITY]

"""Records that others wrote, from real accounts and documentation; each folder's README says what is in it."""

import math
from collections import Counter

import pytest

from integrations.trail_files import read_paths
from model.assumption import RoleAssumption
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.identity import Kind
from model.lineage_book import LineageBook
from model.normaliser import Normaliser
from tests.fuzz.held import hold

pytestmark = pytest.mark.shared

# records, of them unparsed, distinct ids, successful assumptions, denied ones, services' assumptions
FOLDERS = {
    "awsdocs-cloudtrail": (20, 1, 17, 0, 0, 0),
    "awsdocs-iam": (7, 0, 6, 2, 0, 0),
    "boogy-log-parser": (801, 0, 801, 21, 0, 29),
    "cloud-custodian": (24, 1, 21, 0, 0, 0),
    "datadog-serverless": (7, 0, 3, 0, 0, 0),
    "fivexl": (9, 0, 6, 0, 0, 0),
    "foxsec-pipeline": (12, 0, 7, 3, 0, 1),
    "grycap-tracker": (142, 0, 142, 0, 0, 9),
    "lambda-promtail": (2, 0, 2, 0, 0, 1),
    "mozdef": (3, 0, 3, 0, 0, 0),
    "panther-analysis": (75, 1, 37, 2, 0, 1),
    "plaso": (6, 0, 6, 0, 0, 0),
    "splunk-security_content": (48, 0, 48, 1, 0, 0),
    "stratus-detonation-logs": (268, 0, 268, 2, 2, 0),
    "streamalert": (56, 15, 5, 0, 0, 0),
    "techcadia": (4, 0, 4, 0, 0, 0),
    "traildiscover": (563, 0, 314, 0, 1, 0),
    "trailscraper": (7, 0, 3, 0, 0, 1),
    "umccr-flaws-slice": (185, 0, 184, 0, 0, 0),
    "umccr-schema-versions": (21, 0, 20, 2, 0, 0),
}


def judged(folder):
    normaliser, book = Normaliser(), LineageBook()
    items, seen = [], set()
    for _, record in read_paths([str(folder)]):
        if isinstance(record, CloudTrailRecord) and record.id in seen:
            normaliser.counts.records += 1
            continue
        seen.add(record.id if isinstance(record, CloudTrailRecord) else None)
        items += normaliser.read(record)
    items += normaliser.flush(math.inf)
    lineages = [(item, book.add(item) if isinstance(item, RoleAssumption) else book.of(item)) for item in items]
    return normaliser.counts, lineages, normaliser.copies()


@pytest.mark.parametrize("name", FOLDERS)
def test_every_folder_is_read_and_counted(shared, name):
    counts, _, _ = judged(shared / "cloudtrail" / name)
    found = (
        counts.records,
        counts.unparsed,
        counts.unique,
        counts.assumptions,
        counts.denied,
        counts.service_assumptions,
    )
    assert found == FOLDERS[name]


def test_no_folder_is_left_out(shared):
    assert {path.name for path in (shared / "cloudtrail").iterdir() if path.is_dir()} == set(FOLDERS)


UNREAD = {
    # An example that shows a userIdentity alone.
    ("awsdocs-cloudtrail", "no record where one must be"): 1,
    # A made-up event for a policy's test, without a time; in the others the time is a word: "redacted", "foo", "...".
    ("cloud-custodian", "no eventTime that can be read"): 1,
    ("panther-analysis", "no eventTime that can be read"): 1,
    ("streamalert", "no eventTime that can be read"): 15,
}


def test_it_is_stated_why_each_record_that_cannot_be_read_cannot(shared):
    found = Counter(
        (name, item.reason)
        for name in FOLDERS
        for _, item in read_paths([str(shared / "cloudtrail" / name)])
        if isinstance(item, Unparsed)
    )
    assert found == UNREAD


def test_every_rule_of_the_parser_holds_for_every_file(shared):
    files = [path for path in (shared / "cloudtrail").rglob("*") if path.is_file()]
    assert sum(len(hold(path.read_bytes())) for path in files) > 2000


@pytest.mark.parametrize("name", FOLDERS)
def test_no_chain_is_made_up(shared, name):
    """None of these has a chain of two hops, whatever redacted keys and names seem to say."""
    _, lineages, _ = judged(shared / "cloudtrail" / name)
    assert max((lineage.depth for _, lineage in lineages), default=0) <= 1


def test_calls_after_a_real_assumption_are_in_its_chain(shared):
    folder = shared / "cloudtrail" / "stratus-detonation-logs"
    _, lineages, _ = judged(folder)
    assert sum(lineage.depth == 1 for item, lineage in lineages if not isinstance(item, RoleAssumption)) > 0


def test_no_record_keeps_a_session_token(shared):
    for _, record in read_paths([str(shared / "cloudtrail" / "foxsec-pipeline")]):
        assert "REDACTED" not in repr(record)


def test_every_kind_of_caller_is_among_them(shared):
    kinds = set()
    for name in FOLDERS:
        _, lineages, _ = judged(shared / "cloudtrail" / name)
        kinds |= {item.caller.kind for item, _ in lineages}
    assert kinds >= {Kind.USER, Kind.ROLE, Kind.ROOT, Kind.ACCOUNT, Kind.SAML, Kind.WEB_IDENTITY}


def test_every_file_of_the_inputs_is_read_without_an_exception(shared):
    found = [record for _, record in read_paths([str(shared)])]
    assert sum(isinstance(record, CloudTrailRecord) for record in found) > 2000

"""Documented trust that changes while the watch runs: judged by at once, and never by half."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.coverage import Tally
from activities.judging import Judging
from activities.reading import Piece
from integrations.sqlite_store import SqliteStore
from integrations.trust_map_file import TrustMapFile
from model.cloudtrail import CloudTrailRecord
from model.envelopes import unwrap
from model.errors import Malformed
from model.organization import Relationship, organization_from
from model.thresholds import Thresholds
from model.watch_plan import Terms
from tests.detectors.world import Actor, Json, assume

HOME, AWAY = "111111111111", "222222222222"
ELSEWHERE = {"from": HOME, "to": "333333333333"}
ORGANIZATION = organization_from({"accounts": {HOME: {}, AWAY: {}}, "trust": [ELSEWHERE]})
ALLOWED = f'[[trust]]\nfrom = "{HOME}"\nto = "{AWAY}"\n'
NOTHING = "trust = []\n"


class Watch:
    """A judge over a real store and a trust map on disk."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "map.toml"
        self.store = SqliteStore(str(folder / "store.db"))
        self.tally = Tally(Terms())
        self.judging = self._begun()
        self.people = 0
        self.written = 1_700_000_000

    def _begun(self) -> Judging:
        documents = TrustMapFile(str(self.file))
        return Judging(self.store, Thresholds(), ORGANIZATION, "us", documents=documents)

    def write(self, text: str) -> None:
        self.file.write_text(text)
        self.written += 1
        os.utime(self.file, (self.written, self.written))

    def crossings(self) -> int:
        """How many anomalies a new person's way from home to the other account makes."""
        self.people += 1
        who = Actor(f"person-{self.people}")
        noon = (datetime.now(UTC) - timedelta(days=1)).replace(hour=12, minute=self.people)
        made: Json = assume(who, f"role-{self.people}", AWAY, noon)[0]
        before = self.tally.row().anomalies
        assert self.judging.leads(self.tally)
        self.judging.document(self.tally)
        records = [each for each in unwrap(json.dumps(made).encode()) if isinstance(each, CloudTrailRecord)]
        self.judging.take([Piece(record, None) for record in records])
        while self.judging.busy:
            self.judging.step(self.tally)
        return self.tally.row().anomalies - before


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path)
    yield made
    made.store.close()


class TestFile:
    def test_it_is_given_once_and_again_when_it_changed(self, watch: Watch) -> None:
        watch.write(ALLOWED)
        documents = TrustMapFile(str(watch.file))
        assert documents.changed() == (Relationship.model_validate({"from": HOME, "to": AWAY}),)
        assert documents.changed() is None
        watch.write(NOTHING)
        assert documents.changed() == ()

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("[[trust]\n", "neither TOML nor JSON"),
            ('[[trust]]\nfrom = "a"\n', "trust_map.trust.0.to: is missing: add it"),
            ('[[trust]]\nfrom = "a"\nto = "b"\nlevel = "WIDE"\n', "trust_map.trust.0.level"),
            ("other = 1\n", "trust_map.other: no such key"),
        ],
    )
    def test_a_bad_file_is_one_line_and_is_not_told_of_again(self, watch: Watch, text: str, said: str) -> None:
        watch.write(text)
        documents = TrustMapFile(str(watch.file))
        with pytest.raises(Malformed, match="before holds") as raised:
            documents.changed()
        assert said in str(raised.value)
        assert "\n" not in str(raised.value)
        assert documents.changed() is None

    def test_a_file_that_is_gone_is_said_until_it_is_there_again(self, watch: Watch) -> None:
        documents = TrustMapFile(str(watch.file))
        for _ in range(2):
            with pytest.raises(Malformed, match="cannot be read"):
                documents.changed()
        watch.write(NOTHING)
        assert documents.changed() == ()


def test_the_watch_judges_by_a_map_that_changed(watch: Watch) -> None:
    watch.write(NOTHING)
    assert watch.crossings() == 1
    watch.write(ALLOWED)
    assert watch.crossings() == 0
    watch.write(NOTHING)
    assert watch.crossings() == 1


def test_an_exception_of_the_map_that_ended_is_none(watch: Watch) -> None:
    watch.write(f"{ALLOWED}until = 2026-01-01T00:00:00Z\n")
    assert watch.crossings() == 1


def test_a_bad_map_leaves_the_old_one_and_every_row_says_so(watch: Watch) -> None:
    watch.write(ALLOWED)
    assert watch.crossings() == 0
    watch.write("[[trust]\n")
    assert watch.crossings() == 0
    assert "neither TOML nor JSON" in watch.tally.row().trouble
    watch.tally = Tally(Terms())
    assert watch.crossings() == 0
    assert "neither TOML nor JSON" in watch.tally.row().trouble
    watch.write(NOTHING)
    watch.tally = Tally(Terms())
    assert watch.crossings() == 1
    assert watch.tally.row().trouble == ""


def test_a_judge_that_begins_anew_knows_the_map(watch: Watch) -> None:
    watch.write(ALLOWED)
    assert watch.crossings() == 0
    watch.judging._judge = None
    assert watch.crossings() == 0

"""The deny policies that hopstop writes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from model.containment_documents import Denial, denial_of, document_of, is_deny_all, merged, size_of

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TIMES = st.integers(0, 50).map(lambda minutes: NOON + minutes * MINUTE)
NAMES = st.lists(st.sampled_from(["AROA1:a", "AROA1:b", "AROA1:c"]), unique=True).map(tuple)


@st.composite
def denials(draw, timed: bool | None = None):
    timed = draw(st.booleans()) if timed is None else timed
    names, source = draw(NAMES), draw(st.sampled_from(["", "ana"]))
    cut = draw(TIMES) if timed else None
    since = draw(st.none() | TIMES) if timed and (names or source) else None
    return Denial(cut=cut, sessions=names, source_identity=source, since=since if since and since < cut else None)


@given(denials())
def test_what_a_document_denies_can_be_read_from_it(denial: Denial) -> None:
    assert denial_of(document_of(denial)) == denial


@given(denials(), st.text(max_size=8), st.integers(0, 400))
def test_a_document_with_anything_else_in_it_is_not_ours(denial: Denial, text: str, at: int) -> None:
    document = document_of(denial)
    changed = document[:at] + text + document[at:]
    found = denial_of(changed)
    assert found is None or document_of(found) != document or "".join(text.split()) == "" or found == denial


@given(st.booleans().flatmap(lambda timed: st.tuples(denials(timed), denials(timed))), TIMES, st.sampled_from("abcd"))
def test_together_they_deny_what_either_denied(pair: tuple[Denial, Denial], issued: datetime, name: str) -> None:
    one, other = pair
    both = merged(one, other)
    session = f"AROA1:{name}"
    if one.denies(session, issued) or other.denies(session, issued):
        assert both.denies(session, issued)
    assert merged(one, one) == one
    assert denial_of(document_of(both)) is not None


def test_a_window_denies_every_session_that_was_started_while_the_chain_was_cut() -> None:
    denial = Denial(cut=NOON + MINUTE, sessions=("AROA1:a",), since=NOON)
    assert denial.denies("AROA1:a", NOON - MINUTE)
    assert not denial.denies("AROA1:b", NOON - MINUTE)
    assert denial.denies("AROA1:b", NOON)
    assert not denial.denies("AROA1:b", NOON + MINUTE)
    assert not denial.denies("AROA1:a", None)


def test_white_space_does_not_count() -> None:
    assert size_of('{ "a" : \n 1 }') == 7


def test_only_a_policy_that_denies_everything_to_everybody_is_good_enough() -> None:
    total = '{"Effect":"Deny","Action":"*","Resource":["*"]}'
    assert is_deny_all(f'{{"Statement":{total}}}')
    assert is_deny_all(f'{{"Statement":[{{"Effect":"Allow"}},{total}]}}')
    for weaker in (
        total.replace("Deny", "Allow"),
        total.replace('"Action":"*"', '"Action":"s3:*"'),
        total.replace('"Action":"*"', '"NotAction":"*"'),
        total.replace("}", ',"Condition":{}}'),
        "7",
    ):
        assert not is_deny_all(f'{{"Statement":[{weaker}]}}')
    assert not is_deny_all("{")

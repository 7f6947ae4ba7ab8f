import re
import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.approval import Click, Decision, Judged, Verb
from model.card import Card
from model.case import CaseState, CaseView, LogLine
from model.containment import Containment
from model.containment_planner import plan_containment
from model.enrichment import Change, Enrichment, Person, SessionActivity
from model.identity import Identity, Kind
from model.lineage import Hop, Lineage
from model.notice import Page, TicketDraft
from model.render import LOCK_LINE, card_of, lock_line, page_of, story, ticket_of
from model.settings import CaseSettings
from model.text import clean, code, role_label, shortened
from tests.workflows.attack import ORIGIN, ROLES, finding, hop
from tests.workflows.fakes import T0
from workflows.page import DETAILS, details_of

SETTINGS = CaseSettings(temporal_ui="http://ui.test", time_zone="Europe/Berlin")
EVIL = "EVIL"
HOSTILE = (
    f"{EVIL} <!channel> <@U0DANA>",
    f"`{EVIL}`` ```{EVIL}",
    f"{EVIL}\n# {EVIL}\r\n- {EVIL}\u2028{EVIL}",
    f"\u202e{EVIL}\u2066{EVIL}\u200b{EVIL}",
    f"[{EVIL}](https://{EVIL}.test) <https://{EVIL}.test|{EVIL}>",
    f"<img src=x onerror={EVIL}> {{{{{EVIL}}}}} |{EVIL}|",
    f"\ud800{EVIL}\x00{EVIL}",
    EVIL * 1250,
    "/".join([EVIL] * 50) + ":" + EVIL,
    f"EVIL ({EVIL}) (`{EVIL}",
)


def view(state: CaseState = CaseState.WAITING, **changes: object) -> CaseView:
    """The laptop case in some state, with everything that is known by then."""
    plan = plan_containment(finding().lineages)
    decided = state not in (CaseState.ENRICHING, CaseState.WAITING, CaseState.OBSERVED)
    contained = tuple(
        Containment(target=a.target, kind=a.kind, policy="hopstop-x", cut=T0, contained=True) for a in plan.actions
    )
    return CaseView(
        id="case:ana:111111111111:0123abcd",
        run="run12345",
        state=state,
        opened=T0,
        finding=finding(),
        path=finding().lineages[0].path,
        playbook="suspend_credentials",
        mode="ask",
        plan=plan,
        card_version=2,
        deadline=T0 + timedelta(minutes=15),
        decision=Decision(outcome="approved", by="`Dana`", source="slack", verified=True, at=T0) if decided else None,
        containments=contained if decided else (),
        ticket="SEC-1",
        ticket_link="http://jira.test/browse/SEC-1",
        log=(LogLine(at=T0, text="finding: `ana` hopped"),),
    ).model_copy(update=changes)


def hostile(text: str, state: CaseState) -> CaseView:
    """A case in which every string that a stranger chooses is this one; hopstop's own sentences quote it by code()."""
    arn = f"arn:aws:iam::111111111111:role/{text}"
    origin = Identity(key=text, kind=Kind.USER, arn=arn.replace(":role/", ":user/"), account=text, unique_id="AIDA1",
                      session_name=text, person=text)  # fmt: skip
    hops = tuple(
        Hop(role_arn=a, account=text, role_id=i, session_name=text, source_identity=text, time=T0, source_ip=text)
        for a, i in ((arn, "AROA1"), (text, "AROA2"), (f"{arn}2", None))
    )
    lineage = Lineage(origin=origin, hops=hops)
    plan = plan_containment((lineage,), protected=(f"{arn.lower()}2",))
    click = Click(id="c", source="slack", verb=Verb.APPROVE, user=text, team=text, reason=text)
    said = f"{code(text)} hopped to {role_label(arn)}"
    found = finding().model_copy(
        update={
            "origin": origin, "principal": text, "lineages": (lineage,), "roles": (arn, text), "message": said,
            "anomalies": tuple(a.model_copy(update={"message": said}) for a in finding().anomalies),
        }
    )  # fmt: skip
    return view(
        state,
        finding=found,
        path=lineage.path,
        sessions=tuple((h.role_arn, h.session_name) for h in hops[:1]),
        plan=plan,
        containments=tuple(
            Containment(target=a.target, kind=a.kind, policy="p", why="it is gone") for a in plan.actions
        ),
        enrichment=Enrichment(
            on_call=(Person(name=text, email=text, schedule=text),),
            changes=(Change(summary=text, source=text, at=T0, link=text),),
            activity=(SessionActivity(session=text, calls=((text, 3),)),),
            also_hit=(text, f"{arn} ({text})", f"{arn}x ({text})"),
        ),
        clicks=(Judged(click=click, accepted=False, why="you may not decide this", at=T0),),
        log=tuple(LogLine(at=T0, text=said) for _ in range(60)),
    )


def outside_spans(text: str) -> str:
    assert text.count("`") % 2 == 0, text
    return re.sub(r"`[^`]*`", "``", text)


def marked_up(card: Card, page: Page, ticket: TicketDraft) -> list[str]:
    """Every text that is words with code spans, a line each."""
    texts = [card.question, card.evidence, card.silence, card.effect_title, *card.effect, *card.notes, card.state]
    texts += [part for fact in card.facts for part in fact]
    texts += [label for label, _ in card.links] + [button.label for button in card.buttons]
    return [*texts, page.details["evidence"], *ticket.description.split("\n")]


def plain_texts(card: Card, page: Page, ticket: TicketDraft) -> list[str]:
    """Every text that its system shows as it is: a name may stand in it, cleaned."""
    return [card.lock_line, card.title, page.summary, ticket.summary, *(b.confirm for b in card.buttons)]


def rendered(case: CaseView) -> tuple[Card, Page, TicketDraft]:
    return card_of(case, SETTINGS), page_of(case, SETTINGS, "look now"), ticket_of(case, SETTINGS)


STATES = pytest.mark.parametrize("state", [*CaseState])


@STATES
@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_wrote_stays_inside_code_spans(text, state):
    made = rendered(hostile(text, state))
    for shown in (*marked_up(*made), *details_of(hostile(text, state), SETTINGS).split("\n")):
        assert EVIL not in outside_spans(shown), shown
        assert not set("<>|{}\r\u2028\u202e\u2066\u200b\x00") & set(shown)


@STATES
@pytest.mark.parametrize("text", HOSTILE)
def test_names_in_plain_lines_are_cleaned_and_short(text, state):
    for shown in plain_texts(*rendered(hostile(text, state))):
        shown.encode()
        assert not set("<>|{}\n\r") & set(shown), shown
        assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        assert len(shown) <= 500


@given(st.text(alphabet=st.characters(codec=None), max_size=200), st.sampled_from([*CaseState]))
@settings(max_examples=60)
def test_no_string_at_all_gets_out_of_its_code_spans(text, state):
    wanted = f"{EVIL}{text}{EVIL}"
    for shown in marked_up(*rendered(hostile(wanted, state))):
        assert EVIL not in outside_spans(shown), shown
    for line in details_of(hostile(wanted, state), SETTINGS).split("\n"):
        assert EVIL not in outside_spans(line), line


@STATES
@pytest.mark.parametrize("text", [*HOSTILE, "ana"])
def test_a_locked_phone_shows_one_plain_line(text, state):
    line = lock_line(hostile(text, state), SETTINGS)
    assert 0 < len(line) <= LOCK_LINE
    assert not set("`*<>|\n") & set(line)


@STATES
def test_the_pages_details_are_at_most_4000_bytes(state):
    many = finding().lineages[0]
    hops = tuple(hop(1).model_copy(update={"role_arn": f"{ROLES[0]}{n}", "role_id": f"AROA{n}"}) for n in range(200))
    plan = plan_containment((Lineage(origin=ORIGIN, hops=hops), many))
    long = view(state, plan=plan, finding=finding().model_copy(update={"message": code("é" * 5000, 5000)}))
    for case in (view(state), long, hostile("é" * 500, state)):
        shown = details_of(case, SETTINGS)
        assert len(shown.encode()) <= DETAILS <= 4000
        assert shown.startswith("State: ")
        assert all(line.count("`") % 2 == 0 for line in shown.split("\n"))


def test_the_newest_lines_of_the_log_are_kept_where_the_details_are_too_long():
    log = tuple(LogLine(at=T0, text=f"line {n} {'x' * 100}") for n in range(60))
    shown = details_of(view(log=log), SETTINGS)
    assert "line 59" in shown
    assert "line 0 " not in shown


@STATES
def test_every_state_has_its_words(state):
    card, page, ticket = rendered(view(state))
    assert card.question
    assert card.title.startswith("Critical: ana hopped to prod-data")
    assert page.key == "case:ana:111111111111:0123abcd:run12345"
    assert ticket.label == "hopstop-ana-111111111111-0123abcd-run12345"
    assert ticket.description.startswith(f"State: {state.replace('_', ' ')}.")
    assert ("Case", "http://ui.test/namespaces/default/workflows/case%3Aana%3A111111111111%3A0123abcd") in card.links


@pytest.mark.parametrize(
    ("state", "verbs"),
    [
        (CaseState.ENRICHING, ()),
        (CaseState.WAITING, (Verb.APPROVE, Verb.DENY, Verb.PAGE)),
        (CaseState.CONTAINING, ()),
        (CaseState.CONTAINED, (Verb.LIFT,)),
        (CaseState.VERIFIED, (Verb.LIFT,)),
        (CaseState.LIFTING, ()),
        (CaseState.NOT_CONTAINED, (Verb.RETRY, Verb.LIFT)),
        (CaseState.OBSERVED, ()),
        (CaseState.EXPIRED, ()),
    ],
)
def test_only_what_can_be_done_now_has_a_button(state, verbs):
    assert tuple(button.verb for button in card_of(view(state), SETTINGS).buttons) == verbs


@STATES
def test_a_closed_case_has_no_button_but_where_it_still_waits(state):
    if state is not CaseState.WAITING:
        assert card_of(view(state, closed=True), SETTINGS).buttons == ()


def test_the_question_names_the_deadline_and_what_silence_means():
    card = card_of(view(), SETTINGS)
    assert card.question == "Cut off `ana` in `111111111111` and revoke the sessions of 3 roles?"
    assert card.deadline == T0 + timedelta(minutes=15)
    assert "nothing is changed" in card.silence
    assert "Decide until 04:02 local time" in card.lock_line
    assert card_of(view(CaseState.CONTAINED), SETTINGS).deadline is None


def test_what_is_not_contained_is_said_with_why():
    failed = Containment(target=ROLES[0], kind="revoke", policy="p", why="AWS said no")
    card = card_of(view(CaseState.NOT_CONTAINED, containments=(failed,)), SETTINGS)
    assert any("NOT contained: AWS said no" in line for line in card.effect)


def test_a_case_without_links_plan_or_enrichment_is_still_told():
    bare = view(plan=None, enrichment=None, path=(), ticket=None, ticket_link=None, deadline=None, log=())
    plain = CaseSettings()
    assert card_of(bare, plain).links == ()
    assert page_of(bare, plain, "look").link == ""
    assert story(bare, plain)
    assert len(details_of(bare, plain).encode()) <= DETAILS


@given(st.text(max_size=300), st.text(max_size=300), st.integers(20, 200))
def test_a_shortened_text_keeps_its_spans_closed_and_its_limit(before, name, limit):
    text = f"{clean(before, 300)} {code(name, 300)} after"
    shown = shortened(text, limit)
    assert len(shown.encode()) <= limit
    assert shown.count("`") % 2 == 0
    if len(text.encode()) <= limit:
        assert shown == text

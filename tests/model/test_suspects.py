"""Who is named by a chain."""

import pytest

from model.identity import Identity
from model.lineage import Hop
from model.suspects import called, suspects
from tests.workflows.attack import ORIGIN, hop

PEOPLE = {"ana": "U0ANA", "Dana": "U0DANA", "eve@example.com": "U0EVE", "": "U0NOBODY"}
DECIDE = ("U0DANA", "U0EVE")


def named(session: str = "build-7", source: str | None = None) -> Hop:
    return hop(1).model_copy(update={"session_name": session, "source_identity": source})


def origin(person: str | None = None, session: str | None = None) -> Identity:
    return ORIGIN.model_copy(update={"person": person, "session_name": session})


def test_whoever_the_origin_is_never_decides() -> None:
    assert suspects([ORIGIN], [hop(1)], PEOPLE, DECIDE) == ("U0ANA",)
    assert suspects([ORIGIN], [hop(1)], PEOPLE, ()) == ("U0ANA",)


@pytest.mark.parametrize(
    ("origins", "hops"),
    [
        ([origin(session="dana")], []),
        ([origin()], [named("dana")]),
        ([origin()], [named(source="dana")]),
        ([origin(), origin(session="dana")], []),
        ([origin()], [hop(2), named("DANA")]),
    ],
)
def test_whoever_a_session_is_named_for_does_not_decide_while_somebody_else_can(
    origins: list[Identity], hops: list[Hop]
) -> None:
    assert suspects(origins, hops, PEOPLE, DECIDE) == ("U0DANA",)
    assert suspects(origins, hops, PEOPLE, ("U0DANA",)) == ()
    assert suspects(origins, hops, PEOPLE, ()) == ()


def test_sessions_named_for_every_approver_bar_only_the_origin() -> None:
    hops = [named("dana"), named("eve@example.com")]
    assert suspects([ORIGIN], hops, PEOPLE, DECIDE) == ("U0ANA",)
    assert suspects([ORIGIN], hops, PEOPLE, (*DECIDE, "U0ZOE")) == ("U0ANA", "U0DANA", "U0EVE")


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("ana", {"U0ANA"}),
        ("ANA", {"U0ANA"}),
        ("ana@example.com", {"U0ANA"}),
        ("eve", {"U0EVE"}),
        ("eve@example.com", {"U0EVE"}),
        ("Eve@Example.com", {"U0EVE"}),
        ("eve@other.org", set()),
        ("an", set()),
        ("", set()),
        (None, set()),
    ],
)
def test_a_name_is_somebody_whatever_its_capitals_with_or_without_a_domain(name: str | None, ids: set[str]) -> None:
    assert called([name], PEOPLE) == ids

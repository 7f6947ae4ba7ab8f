"""The question to the person whom a chain names: was this you? Pure."""

from model.approval import Verb
from model.card import Button, Card
from model.case import CaseView
from model.render import LOCK_LINE, name_of
from model.text import clean, plural, role_label

_MINE = "You confirm that you yourself did this, now. It is recorded with your name; security still sees it."
_NOT_MINE = "Security is told at once that it was not you. Nothing of yours is deleted."


def person_card_of(view: CaseView, answered: str = "") -> Card:
    """The direct message: what was done in their name, and two answers. `answered` closes it and says by which word.

    It names no other case, no plan and no containment: whoever holds a stolen laptop may read it.
    """
    asked = not answered and not view.closed
    what = plural(view.finding.hops, "hop")
    return Card(
        case=view.id,
        run=view.run,
        version=view.card_version,
        plan=view.plan.hash if view.plan else None,
        state="Was this you?" if asked else "Thank you" if answered else "No longer asked",
        lock_line=clean(f"Was this you? {what} from {name_of(view)}. Please answer now", LOCK_LINE),
        title="Was this you?" if asked else "Answered" if answered else "No longer asked",
        question="An identity in your name just went through these roles." if asked else _closing(answered),
        evidence=view.finding.message,
        facts=(
            ("Chain", " → ".join(role_label(arn) for arn in view.path[:6])),
            ("Began", f"{view.finding.time:%Y-%m-%d %H:%M} UTC"),
        ),
        buttons=(
            Button(verb=Verb.NOT_MINE, label="No, not me", danger=True, confirm=_NOT_MINE),
            Button(verb=Verb.MINE, label="Yes, it was me", confirm=_MINE),
        )
        if asked
        else (),
        deadline=view.deadline if asked else None,
        silence="If you do not answer, security decides without you." if asked else "",
    )


def _closing(answered: str) -> str:
    return f"Your answer is recorded: {answered}." if answered else "Security has gone on without an answer."

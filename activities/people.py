"""Asking, telling, waking and writing down: the activities that reach people."""

from collections.abc import Sequence

from temporalio import activity

from activities.ports import Conversation, Pager, Roster, TicketRef, Tickets
from model.approval import Approvers
from model.card import Card, Posted
from model.errors import Refused, Unavailable
from model.frozen import Frozen
from model.notice import Page, TicketDraft
from model.settings import Approvals


class CardUpdate(Frozen):
    """A card that stands somewhere, and what it shall show."""

    posted: Posted
    card: Card


class Reply(Frozen):
    """A line for the thread of a case's message; one key is one line. `mention` are ids of people to be notified."""

    posted: Posted
    key: str
    text: str
    mention: tuple[str, ...] = ()


class Whisper(Frozen):
    """A private answer to one user."""

    channel: str
    user: str
    text: str


class PersonCard(Frozen):
    """A card for one person's direct messages. `user` is their id in Slack, or their e-mail address."""

    user: str
    card: Card


class TicketUpdate(Frozen):
    """New text for a ticket; `resolved` moves it to a done state as well."""

    key: str
    description: str
    resolved: bool = False


class TicketLink(Frozen):
    """A page to which a ticket is linked; one identity is one link."""

    key: str
    identity: str
    title: str
    url: str


class Asking:
    """Keeps the one message of a case. `roster` knows who is on call, where a pager is configured."""

    def __init__(self, conversation: Conversation, roster: Roster | None = None) -> None:
        self._conversation = conversation
        self._roster = roster

    @activity.defn(name="Slack: post case")
    def post(self, card: Card) -> Posted:
        """Post the case's message, once."""
        return self._conversation.post(card)

    @activity.defn(name="Slack: ask a person")
    def ask_person(self, question: PersonCard) -> Posted:
        """Ask one person by direct message, once, whether it was them."""
        return self._conversation.ask(question.user, question.card)

    @activity.defn(name="Slack: update case")
    def update(self, change: CardUpdate) -> None:
        """Show the case as it is now."""
        self._conversation.update(change.posted, change.card)

    @activity.defn(name="Slack: reply in thread")
    def reply(self, reply: Reply) -> None:
        """Add a line to the thread, once."""
        self._conversation.reply(reply.posted, reply.key, reply.text, reply.mention)

    @activity.defn(name="Slack: answer clicker")
    def whisper(self, whisper: Whisper) -> None:
        """Tell the clicker what became of the click."""
        self._conversation.whisper(whisper.channel, whisper.user, whisper.text)

    @activity.defn(name="Slack: find who may decide")
    def approvers(self, approvals: Approvals) -> Approvers:
        """The users that may decide now: groups expanded, with whoever is on call.

        A pager that does not answer holds nothing up where somebody else may decide.
        """
        try:
            on_call = self._on_call(approvals.schedules)
        except (Unavailable, Refused) as error:
            if not (approvals.users or approvals.groups):
                raise
            known = self._conversation.approvers(approvals)
            return known.model_copy(update={"said": f"{known.said} (who is on call is not known: {error})"})
        users = tuple(dict.fromkeys((*approvals.users, *on_call)))
        return self._conversation.approvers(approvals.model_copy(update={"users": users}))

    def _on_call(self, schedules: Sequence[str]) -> tuple[str, ...]:
        if not schedules:
            return ()
        if self._roster is None:
            raise Refused("PagerDuty is not configured")
        emails = [person.email for person in self._roster.on_call_of(schedules) if person.email]
        return tuple(user for user in map(self._conversation.find, emails) if user)


class Paging:
    """Wakes people, and lets them sleep again."""

    def __init__(self, pager: Pager) -> None:
        self._pager = pager

    @activity.defn(name="PagerDuty: page on-call")
    def page(self, page: Page) -> None:
        """Trigger or update the page of this key."""
        self._pager.page(page.key, page.summary, page.severity, page.details, page.link)

    @activity.defn(name="PagerDuty: resolve page")
    def resolve(self, key: str) -> None:
        """Resolve the page of this key."""
        self._pager.resolve(key)


class Ticketing:
    """Keeps the one ticket of a case."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets

    @activity.defn(name="Jira: open issue")
    def open(self, draft: TicketDraft) -> TicketRef:
        """Open the case's ticket, once."""
        return self._tickets.open(draft.label, draft.summary, draft.description)

    @activity.defn(name="Jira: link issue")
    def link(self, link: TicketLink) -> None:
        """Link the ticket to the case's page."""
        self._tickets.link(link.key, link.identity, link.title, link.url)

    @activity.defn(name="Jira: update issue")
    def update(self, change: TicketUpdate) -> None:
        """Write the ticket's text anew; resolve it where the case is over."""
        self._tickets.update(change.key, change.description)
        if change.resolved:
            self._tickets.resolve(change.key, change.description.split("\n", 1)[0])

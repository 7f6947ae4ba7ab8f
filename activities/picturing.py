"""The chain as a picture in the thread of a case's message."""

from temporalio import activity

from activities.ports import Artist, Conversation
from model.card import Posted
from model.chain_graph import graph, in_words
from model.frozen import Frozen
from model.lineage import Lineage


class PictureOrder(Frozen):
    """The chains to draw under a message; one key is one picture."""

    posted: Posted
    key: str
    lineages: tuple[Lineage, ...]


class Picturing:
    """Draws, and shows what was drawn."""

    def __init__(self, conversation: Conversation, artist: Artist) -> None:
        self._conversation = conversation
        self._artist = artist

    @activity.defn(name="Slack: show picture")
    def show(self, order: PictureOrder) -> bool:
        """Whether there is a picture now; false where nothing here can draw."""
        image = self._artist.draw(graph(order.lineages, "TB"))
        if image is None:
            return False
        self._conversation.picture(order.posted, order.key, in_words(order.lineages), image)
        return True

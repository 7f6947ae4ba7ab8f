"""Where all that is random comes from: named streams, the same on every machine and Python."""

import random
from base64 import b32encode
from collections.abc import Iterable
from typing import Any


class Chance(random.Random):
    """A stream of its own for everything that has a name, so that one habit more changes nothing about the others.

    Only whole numbers and the four operations are drawn from it: a logarithm may differ in its last bit elsewhere.
    """

    @classmethod
    def of(cls, *names: Any) -> "Chance":
        """The stream of that name."""
        return cls("/".join(map(str, names)))

    def id(self) -> str:
        """An event or request id."""
        text = f"{self.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def key(self, kind: str = "ASIA") -> str:
        """An access key's id, or with AROA, AIDA a principal's."""
        return kind + b32encode(self.randbytes(10)).decode()

    def letters(self, count: int) -> str:
        """Letters and digits as in the name of a log file."""
        return "".join([_LETTERS[self.getrandbits(30) % 62] for _ in range(count)])

    def hex(self, count: int) -> str:
        """Hexadecimal digits."""
        return f"{self.getrandbits(4 * count):0{count}x}"

    def happens(self, share: float) -> bool:
        """True in that share of cases."""
        return self.random() < share

    def about(self, mean: float) -> float:
        """Mostly near the mean, between a quarter and nearly twice of it."""
        return mean * (0.25 + (self.random() + self.random()) * 0.75)

    def many(self, mean: float) -> int:
        """A whole number about the mean."""
        whole, rest = divmod(self.about(mean), 1)
        return int(whole) + (self.random() < rest)

    def bell(self, middle: float, spread: float) -> float:
        """Mostly within the spread of the middle, and never three times as far."""
        return middle + spread * 2 * (self.random() + self.random() + self.random() - 1.5)

    def some(self, items: Iterable[Any], count: int) -> list[Any]:
        """So many of them, or all."""
        all_ = list(items)
        return self.sample(all_, min(count, len(all_)))


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

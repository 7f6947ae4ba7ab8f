"""How soon `hopstop trust audit --live --keep DIR` asks an account again: as its most important role deserves."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from cli.output import talk
from model.text import clean
from trust.audit import Audited
from trust.tier import AGAIN_S, Tier

_FILE = "tiers.json"


class Again:
    """The tiers that the last audit found, by account; kept in the folder of what was read."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _FILE
        self._tiers = self._read()

    def due_s(self, account: str) -> float:
        """The age, in seconds, from which an account is asked again; a day where nothing is known of it."""
        return AGAIN_S[self._tiers.get(account, Tier.LOW)]

    def note(self, audited: Iterable[Audited]) -> None:
        """Remember the most important role of each account that was audited."""
        order, found = [*Tier], dict[str, Tier]()
        for each in audited:
            if each.role:
                account, tier = each.role.split(":")[4], each.ranked.tier
                found[account] = min(tier, found.get(account, tier), key=order.index)
        self._tiers |= found
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(self._tiers, indent=1, sort_keys=True) + "\n")
        os.replace(part, self._file)  # noqa: PTH105 - atomic on every platform

    def _read(self) -> dict[str, Tier]:
        try:
            return {account: Tier(tier) for account, tier in json.loads(self._file.read_bytes()).items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError):
            talk(f"{clean(str(self._file), 200)} cannot be read: accounts are asked again after a day")
            return {}

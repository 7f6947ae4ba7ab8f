"""Time: whoever is to act next acts. Memory holds who waits, and nothing of what was."""

import heapq
from itertools import count

from simulator.scene import Scene, Script


class Engine:
    """Runs scripts side by side in the order of time."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, Scene, Script]] = []
        self._number = count()

    def start(self, at: int, scene: Scene, script: Script) -> None:
        """Let a script begin at that moment."""
        heapq.heappush(self._waiting, (at, next(self._number), scene, script))

    def run(self, until: int) -> None:
        """Let everything happen that happens before that moment."""
        waiting = self._waiting
        while waiting and waiting[0][0] < until:
            at, number, scene, script = waiting[0]
            scene.now = at
            pause = next(script, None)
            if pause is None:
                heapq.heappop(waiting)
            else:
                heapq.heapreplace(waiting, (at + max(0, int(pause)), number, scene, script))

"""Runs one command until it ends or until standard input does: a child that cannot outlive the demo, however that ends.

Run as a file of its own (`python demo_guard.py COMMAND…`), so it imports nothing of hopstop's.
"""

import os
import signal
import subprocess
import sys
import threading

PATIENCE_S = 12
"""How long the command may take to stop by itself: the worker's graceful shutdown is 10 s."""


def main(command: list[str]) -> int:
    """Run it; its exit code."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the demo names its own servers
    threading.Thread(target=_until_the_demo_is_gone, args=(child,), daemon=True).start()
    return child.wait()


def _until_the_demo_is_gone(child: "subprocess.Popen[bytes]") -> None:
    while os.read(0, 1024):
        pass
    child.terminate()
    try:
        child.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        child.kill()


def _stay(_number: int, _frame: object) -> None:
    """The demo decides when this ends. A handler and not SIG_IGN, which the command would inherit."""


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stay)
    os._exit(main(sys.argv[1:]) & 0xFF)

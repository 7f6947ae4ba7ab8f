"""`make fuzz ARGS="--minutes 2 --seed 1"`: throw bodies at the parser until the time is up or one breaks a rule."""

import argparse
import base64
import random
import sys
import time
import traceback
from collections.abc import Callable

from tests.fuzz.bodies import MARK, broken, odd
from tests.fuzz.held import hold

TRIES = 3000


def given(seed: int, number: int) -> tuple[bytes, tuple[bytes, ...]]:
    """Body number `number` of a seed, and the secrets that are in it."""
    rng = random.Random(f"{seed} {number}")
    return (odd(rng), (MARK.encode(),)) if number % 2 else (broken(rng), ())


def failure(body: bytes, marks: tuple[bytes, ...]) -> str:
    """What is wrong with a body, in a word; empty where every rule holds."""
    try:
        hold(body, *marks)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return f"{type(error).__name__}: {error}"
    return ""


def shrunk(body: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """A shorter body that fails as well."""
    tries, step = 0, max(1, len(body) // 2)
    while step and tries < TRIES:
        at, smaller = 0, False
        while at < len(body) and tries < TRIES:
            tries += 1
            shorter = body[:at] + body[at + step :]
            if fails(shorter):
                body, smaller = shorter, True
            else:
                at += step
        step = step if smaller else step // 2
    return body


def say(line: str) -> None:
    """Write a line."""
    sys.stdout.write(line + "\n")


def main() -> int:
    """Run; 1 where something broke."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    end, said, number = time.monotonic() + asked.minutes * 60, time.monotonic() + 10, 0
    start = time.monotonic()
    while time.monotonic() < end:
        body, marks = given(asked.seed, number)
        wrong = failure(body, marks)
        if wrong:
            return tell(body, marks, wrong, asked.seed, number)
        number += 1
        if time.monotonic() > said:
            said += 10
            sys.stderr.write(f"{number} bodies, {number / (time.monotonic() - start):.0f}/s\n")
    say(f"seed {asked.seed}: {number} bodies, {number / (time.monotonic() - start):.0f}/s, no crash")
    return 0


def tell(body: bytes, marks: tuple[bytes, ...], wrong: str, seed: int, number: int) -> int:
    """Print what broke, and the shortest body that breaks it."""
    kind = wrong[:40]
    small = shrunk(body, lambda shorter: failure(shorter, marks)[:40] == kind)
    say(f"seed {seed}, body {number}: {wrong[:2000]}")
    try:
        hold(small, *marks)
    except Exception:  # noqa: BLE001 - shown whole
        traceback.print_exc()
    say(f"{small[:2000]!r}")
    say(f"reproduce: hold(base64.b64decode({base64.b64encode(small).decode()!r}), *{marks!r})")
    return 1


if __name__ == "__main__":
    sys.exit(main())

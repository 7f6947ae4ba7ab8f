"""Measure what the detectors catch and what they make of ordinary life; `make quality` writes it to docs/quality.md."""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from quality.runs import Outcome, Plan, judged
from quality.tables import details, filled, page
from simulator.attacks import ATTACKS

PAGE = Path(__file__).parents[1] / "docs" / "quality.md"


def main() -> None:
    """Simulate and judge, seed by seed on all cores."""
    parser = argparse.ArgumentParser(
        prog="python -m quality", description="Measure detection on simulated organisations."
    )
    parser.add_argument("--seeds", type=int, default=5, help="organisations (5)")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--accounts", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="fewer days: a look, not a measurement")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--details", type=Path, metavar="FILE", help="write what was missed and what was false, and why"
    )
    parser.add_argument("--dry", action="store_true", help="print the tables and leave docs/quality.md as it is")
    asked = parser.parse_args()
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    done = run([plan for seed in seeds for plan in plans(seed, asked.accounts, quick=asked.quick)], asked.jobs)
    free = [each for each in done if not each.plan.attacks]
    management = [each for each in done if each.plan.attacks and not each.plan.data_events]
    data = [each for each in done if each.plan.data_events]
    measured = page(free, management, data)
    if asked.details is not None:
        asked.details.write_text("\n".join(details(done)) + "\n", "utf-8")
    if asked.dry or asked.quick:
        print(measured)
        return
    PAGE.write_text(filled(PAGE.read_text("utf-8"), measured), "utf-8")


def plans(seed: int, accounts: int, *, quick: bool) -> tuple[Plan, ...]:
    """One attack-free run, and one attacked without and with data events."""
    free, attacked = ((24, 16), (22, 16)) if quick else ((44, 14), (28, 20))
    everything = tuple(ATTACKS)
    return (
        Plan(seed, *free, accounts),
        Plan(seed, *attacked, accounts, everything),
        Plan(seed, *attacked, accounts, everything, data_events=True),
    )


def run(asked: list[Plan], jobs: int) -> list[Outcome]:
    """Every plan's outcome, in the order of the plans."""
    with ProcessPoolExecutor(jobs) as pool:
        waiting = {pool.submit(judged, plan): number for number, plan in enumerate(asked)}
        found: dict[int, Outcome] = {}
        for done in as_completed(waiting):
            outcome = found[waiting[done]] = done.result()
            print(_progress(len(found), len(asked), outcome), file=sys.stderr)
    return [found[number] for number in sorted(found)]


def _progress(count: int, of: int, outcome: Outcome) -> str:
    caught = sum(each.after is not None for each in outcome.caught)
    return (
        f"{count}/{of}: seed {outcome.plan.seed}, {outcome.records:,} records in {outcome.seconds:.0f} s, "
        f"{caught}/{len(outcome.caught)} attacks, {len(outcome.false)} false"
    )


if __name__ == "__main__":
    main()

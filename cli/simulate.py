"""`hopstop simulate`: an organisation's CloudTrail with labelled attacks in it, as files in S3's layout."""

import json
import time
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from isal import isal_zlib

from cli.output import data, talk
from model.errors import Malformed
from simulator.attack import Attack, Label
from simulator.attacks import ATTACKS
from simulator.days import stamp
from simulator.delivery import LogFile
from simulator.description import organization
from simulator.simulation import Simulation
from simulator.world import FEWEST, world

ALL = "all"
MOST_ACCOUNTS, MOST_DAYS = 2000, 1000
_SILENT_S = 2.0
_EARLIEST, _LATEST = date(2013, 11, 13), date(2090, 1, 1)


def simulate(
    out: Annotated[Path, typer.Option(metavar="DIR", file_okay=False, help="A new or empty folder for the files.")],
    days: Annotated[int, typer.Option(help=f"How many days, at most {MOST_DAYS}.")] = 30,
    accounts: Annotated[int, typer.Option(help=f"How many accounts, {FEWEST} to {MOST_ACCOUNTS}.")] = 20,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
    attack: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="An attack to put in, or all; again for another.")
    ] = None,
    learn_days: Annotated[
        int | None, typer.Option(help="No attack begins before so many days (default: four fifths).")
    ] = None,
    start: Annotated[str, typer.Option(metavar="DATE", help="The first day.")] = "2026-03-02",
    data_events: Annotated[bool, typer.Option(help="Data events too: S3 reads, Lambda Invoke, PutEvents.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON line.")] = False,
) -> None:
    """Write a made-up organisation's CloudTrail log files, organization.toml and labels.json.

    Without --attack nothing in it is an attack.
    """
    if not (1 <= days <= MOST_DAYS and FEWEST <= accounts <= MOST_ACCOUNTS):
        raise Malformed(f"simulate: --days must be 1 to {MOST_DAYS} and --accounts {FEWEST} to {MOST_ACCOUNTS}")
    learned = days * 4 // 5 if learn_days is None else learn_days
    if not 0 <= learned < days:
        raise Malformed(f"simulate: --learn-days {learned} leaves no day: name 0 to {days - 1}")
    wanted = _attacks(attack or [])
    made = world(seed, _date(start), days, accounts)
    simulation = Simulation(made, data_events=data_events, learn_days=learned)
    simulation.attack(wanted)
    began = time.monotonic()
    try:
        files = _write(simulation, _folder(out))
        labels = simulation.labels()
        (out / "organization.toml").write_text(organization(made), "utf-8")
        (out / "labels.json").write_text(json.dumps(_labels(simulation, labels), indent=1) + "\n", "utf-8")
    except OSError as error:
        raise Malformed(f"simulate: {out} cannot be written ({error.strerror}): name another folder") from None
    _summary(out, simulation, files, labels, time.monotonic() - began, as_json=as_json)


def _attacks(names: list[str]) -> list[Attack]:
    unknown = [name for name in names if name not in ATTACKS and name != ALL]
    if unknown:
        raise Malformed(f"simulate: there is no attack {unknown[0][:60]!r}: name {ALL} or one of {', '.join(ATTACKS)}")
    return [*ATTACKS.values()] if ALL in names else [ATTACKS[name] for name in dict.fromkeys(names)]


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Malformed(f"simulate: --start {text[:40]!r} is no date: write one like 2026-03-02") from None
    if not _EARLIEST <= day <= _LATEST:
        raise Malformed(f"simulate: --start must be a day from {_EARLIEST} to {_LATEST}")
    return day


def _folder(out: Path) -> Path:
    if out.exists() and any(out.iterdir()):
        raise Malformed(f"simulate: {out} is not empty: name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    return out


def _write(simulation: Simulation, out: Path) -> int:
    """Every file, with a line about how far it is now and then; how many they were."""
    shown, count = time.monotonic(), 0
    for count, file in enumerate(simulation.files(), 1):
        _keep(out, file)
        if time.monotonic() - shown > _SILENT_S:
            shown = time.monotonic()
            talk(f"{simulation.records:,} records in {count:,} files, now {Path(file.path).name}")
    return count


def _keep(out: Path, file: LogFile) -> None:
    path = out / file.path
    packed = isal_zlib.compress(file.body, 1, wbits=31)
    try:
        path.write_bytes(packed)
    except FileNotFoundError:
        path.parent.mkdir(parents=True)
        path.write_bytes(packed)


def _labels(simulation: Simulation, labels: list[Label]) -> dict[str, object]:
    return {
        "seed": simulation.world.seed,
        "learn_until": stamp(simulation.learn_until),
        "attacks": [label.told() for label in labels],
    }


def _summary(
    out: Path, simulation: Simulation, files: int, labels: list[Label], seconds: float, *, as_json: bool
) -> None:
    rate = round(simulation.records / max(seconds, 1e-9))
    if as_json:
        told = {
            "type": "summary",
            "out": str(out),
            "records": simulation.records,
            "files": files,
            "accounts": len(simulation.world.accounts),
            "people": len(simulation.world.people),
            "attacks": [label.name for label in labels],
            "seconds": round(seconds, 3),
            "records_per_second": rate,
        }
        data(json.dumps(told))
        return
    data(f"{simulation.records:,} records in {files:,} files in {out}: {seconds:.1f} s, {rate:,} records/s")
    for label in labels:
        data(f"  {stamp(label.first)}  {label.name}: {label.sentence}")
    until = stamp(simulation.learn_until)
    data(f"judge them: hopstop backtest {out}/AWSLogs --organization {out}/organization.toml --learn-until {until}")

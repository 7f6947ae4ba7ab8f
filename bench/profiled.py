"""`python -m bench.profiled`: where the live path spends its time."""

import argparse
import cProfile
import pstats
import tempfile
from pathlib import Path

from bench import product
from bench.scale import QUICK
from bench.world import world


def main() -> None:
    """Print the most expensive functions. cProfile slows small functions more than large ones: it is a hint."""
    parser = argparse.ArgumentParser(prog="python -m bench.profiled", description="Profile the live path.")
    parser.add_argument("--sort", default="tottime", choices=("tottime", "cumtime"))
    parser.add_argument("--lines", type=int, default=40)
    parser.add_argument("--only-assumptions", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        place = world(Path(folder), QUICK, only_assumptions=asked.only_assumptions)
        live = product.opened(place.copy("profiled"))
        profile = cProfile.Profile()
        profile.runcall(product.watch, live, place.bodies)
        live.close()
    pstats.Stats(profile).strip_dirs().sort_stats(asked.sort).print_stats(asked.lines)


if __name__ == "__main__":
    main()

"""The processes that read files."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = """
import sys
print("the command is imported")
if __name__ == "__main__":
    from cli.baseline_pool import Part, pool_of
    with pool_of(2) as pool:
        print([read.failed for _, read in pool.each([Part((), ())] * 2)])
    print(sys.modules["__main__"].__name__, sys.modules["__main__"].__file__)
"""


def test_processes_that_read_files_do_not_import_the_command_that_started_them(tmp_path):
    script = tmp_path / "command.py"
    script.write_text(COMMAND)
    ran = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.splitlines() == ["the command is imported", "[[], []]", f"__main__ {script}"]

"""Pictures of graphs, drawn by graphviz where its `dot` is installed: activities.ports.Artist."""

import shutil
import subprocess
import tempfile

LONGEST_S = 8


class Graphviz:
    """Draws in a process of its own, which reads and writes nothing but its input and its output."""

    def draw(self, graph: str) -> bytes | None:
        """The graph as PNG; None where graphviz is not there, or cannot draw it in time."""
        program = shutil.which("dot")
        if program is None:
            return None
        with tempfile.TemporaryDirectory(prefix="hopstop-") as folder:
            try:
                done = subprocess.run(  # noqa: S603 - the program found on the path, no shell, our own input
                    [program, "-Tpng", "-Gdpi=150"],
                    input=graph.encode(),
                    capture_output=True,
                    timeout=LONGEST_S,
                    cwd=folder,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired):
                return None
        return done.stdout if done.returncode == 0 and done.stdout else None

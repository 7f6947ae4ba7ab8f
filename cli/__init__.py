"""The `hopstop` command, one file per noun."""

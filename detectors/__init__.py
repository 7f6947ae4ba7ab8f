"""The checks. Each is one file and one pure function; `composite` weighs what they say, `judge` runs them."""

DETECTORS = ("velocity", "new_pair", "off_hours", "chain", "unreadable", "composite")
"""Every value that `detector` has in an output."""

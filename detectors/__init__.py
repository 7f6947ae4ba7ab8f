"""The checks. Each is one file and one pure function; `composite` weighs what they say, `judge` runs them."""

from model.anomaly import DETECTORS

__all__ = ["DETECTORS"]

"""Frozen values and pure functions on them."""

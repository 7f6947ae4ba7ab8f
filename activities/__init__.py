"""Durable verbs: each class takes its ports when it is made."""

"""What Temporal runs."""

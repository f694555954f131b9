"""Configurations that are captured again and again: schedules, changes, and who is told. Pure: no AWS, no vendor."""

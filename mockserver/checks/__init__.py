"""Checks: a run against an environment, from the bundle to a verdict."""

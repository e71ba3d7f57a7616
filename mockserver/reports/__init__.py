"""Reports: a run made readable, for people and for machines."""

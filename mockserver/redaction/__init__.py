"""Redaction: credentials and personal data never reach a report, a log or a recording."""

from mockserver.redaction.keys import redaction_key
from mockserver.redaction.redactor import Redactor

__all__ = ["Redactor", "redaction_key"]

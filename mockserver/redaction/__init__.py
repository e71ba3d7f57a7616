"""Redaction: credentials and personal data never reach a report, a log or a recording."""

from mockserver.redaction.redactor import Redactor, redaction_key

__all__ = ["Redactor", "redaction_key"]

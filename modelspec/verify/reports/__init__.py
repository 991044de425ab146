"""A verification as text for a terminal, and as files."""

from modelspec.verify.reports.text import text

__all__ = ["text"]

"""The HTML report of a run."""

from megathrust.report._content import ReportFigure, RunReport
from megathrust.report._write import write_report

__all__ = ["ReportFigure", "RunReport", "write_report"]

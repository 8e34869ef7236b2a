"""The HTML report of a run."""

from megathrust.report._content import FIGURE_KINDS, ReportFigure, RunReport
from megathrust.report._write import write_report

__all__ = ["FIGURE_KINDS", "ReportFigure", "RunReport", "write_report"]

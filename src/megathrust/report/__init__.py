"""Pages that open anywhere with the network off: the report of a run, explorable maps, comparisons."""

from megathrust.report._content import ReportFigure, RunReport, Statement
from megathrust.report._downloads import PageFile, segment_files
from megathrust.report._explorer import Explorer, Variable
from megathrust.report._write import (
    ComparePage,
    MapPage,
    compare_page,
    map_page,
    report_page,
    write_page,
    write_page_file,
    write_report,
)

__all__ = [
    "ComparePage",
    "Explorer",
    "MapPage",
    "PageFile",
    "ReportFigure",
    "RunReport",
    "Statement",
    "Variable",
    "compare_page",
    "map_page",
    "report_page",
    "segment_files",
    "write_page",
    "write_page_file",
    "write_report",
]

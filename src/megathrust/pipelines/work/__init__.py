"""How heavy work is done: where, with what bars, and what an interrupted command had finished."""

from megathrust.pipelines.work._engine import Engine, available_cores, open_engine
from megathrust.pipelines.work._netcdf import write_netcdf, writing_netcdf
from megathrust.pipelines.work._progress import ProgressBars
from megathrust.pipelines.work._stages import Arrays, StageStore
from megathrust.pipelines.work._work import Work, passing_work
from megathrust.pipelines.work._workplace import workplace

__all__ = [
    "Arrays",
    "Engine",
    "ProgressBars",
    "StageStore",
    "Work",
    "available_cores",
    "open_engine",
    "passing_work",
    "workplace",
    "write_netcdf",
    "writing_netcdf",
]

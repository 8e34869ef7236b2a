"""How heavy work is done: where, with what bars, and what an interrupted command had finished."""

from megathrust.pipelines.work._engine import Engine, available_cores, open_engine
from megathrust.pipelines.work._netcdf import write_netcdf, writing_netcdf
from megathrust.pipelines.work._progress import ProgressBars
from megathrust.pipelines.work._stages import Arrays, StageStore
from megathrust.pipelines.work._work import Work
from megathrust.pipelines.work._workplace import workplace

__all__ = [
    "Arrays",
    "Engine",
    "ProgressBars",
    "StageStore",
    "Work",
    "available_cores",
    "open_engine",
    "workplace",
    "write_netcdf",
    "writing_netcdf",
]

"""Explanations of whole tables and runs, and what they are checked by."""

from megathrust.pipelines.relevance._asked import Asked
from megathrust.pipelines.relevance._benchmark import Benchmark, benchmark_content
from megathrust.pipelines.relevance._dataset import families_of, relevance_dataset, summed
from megathrust.pipelines.relevance._effects import family_effects
from megathrust.pipelines.relevance._explaining import explain_networks
from megathrust.pipelines.relevance._heat_map import compared_heat_map
from megathrust.pipelines.relevance._known_worlds import CANDIDATES, SMALL, benchmark, benchmark_table
from megathrust.pipelines.relevance._record import Explanation
from megathrust.pipelines.relevance._run_benchmark import run_benchmark
from megathrust.pipelines.relevance._stack import (
    ENCODING_NAMES,
    ENCODINGS,
    HeldOut,
    explain_held_out,
    explaining,
    explaining_members,
    held_out_rows,
    joined,
)

__all__ = [
    "CANDIDATES",
    "ENCODINGS",
    "ENCODING_NAMES",
    "SMALL",
    "Asked",
    "Benchmark",
    "Explanation",
    "HeldOut",
    "benchmark",
    "benchmark_content",
    "benchmark_table",
    "compared_heat_map",
    "explain_held_out",
    "explain_networks",
    "explaining",
    "explaining_members",
    "families_of",
    "family_effects",
    "held_out_rows",
    "joined",
    "relevance_dataset",
    "run_benchmark",
    "summed",
]

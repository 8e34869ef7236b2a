"""Networks found on inner folds, and what the search is worth on outer ones."""

from megathrust.pipelines.search._config import (
    SearchConfig,
    SearchRunConfig,
    SpaceConfig,
    load_search_config,
)
from megathrust.pipelines.search._result import SearchResult
from megathrust.pipelines.search._search import search

__all__ = [
    "SearchConfig",
    "SearchResult",
    "SearchRunConfig",
    "SpaceConfig",
    "load_search_config",
    "search",
]

"""Synthetic worlds, slow plain oracles, contract suites."""

from megathrust.testing._contracts import check_splitter
from megathrust.testing._network_oracles import plain_network, relevance_plainly, train_plainly
from megathrust.testing._worlds import synthetic_table

__all__ = ["check_splitter", "plain_network", "relevance_plainly", "synthetic_table", "train_plainly"]

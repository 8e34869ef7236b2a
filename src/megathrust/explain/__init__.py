"""Layer-wise Relevance Propagation."""

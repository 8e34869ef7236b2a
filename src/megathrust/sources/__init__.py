"""Public data sets: registry, download, readers."""

"""Which trench segments host great subduction earthquakes, and how far that can be trusted."""

__version__ = "0.1.0"

"""Which trench segments host great subduction earthquakes, and how far that can be trusted."""

import lazy_loader

__version__ = "0.1.0"

# Names load their room on first use: importing the package costs no torch, matplotlib or pandas.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

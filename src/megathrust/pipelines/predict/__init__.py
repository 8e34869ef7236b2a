"""Saved models applied to tables, explained on them, and maps of tables and predictions."""

import lazy_loader

# Names load their file on first use: a map needs no torch.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

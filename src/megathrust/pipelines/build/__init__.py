"""From public data to the segment table, and the data themselves."""

import lazy_loader

# Names load their file on first use: listing data costs no torch.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

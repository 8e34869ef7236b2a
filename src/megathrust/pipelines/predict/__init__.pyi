from ._explain import explain as explain
from ._map import draw_map as draw_map
from ._predict import predict as predict
from ._usable import has_numbers as has_numbers

from ._adopt import Adopted as Adopted, adopt as adopt
from ._evaluate import ModelEvaluation as ModelEvaluation, evaluate_model as evaluate_model
from ._explain import explain as explain, explain_file as explain_file
from ._explore import explore_map as explore_map
from ._map import draw_map as draw_map
from ._predict import PredictionCount as PredictionCount, predict as predict, predict_file as predict_file
from ._usable import has_numbers as has_numbers

from . import plots as plots
from .core import (
    InputError as InputError,
    MegathrustError as MegathrustError,
    ModelError as ModelError,
    OutputError as OutputError,
    SourceError as SourceError,
    TableError as TableError,
    magnitude_from_moment as magnitude_from_moment,
    moment_from_magnitude as moment_from_magnitude,
)
from .evaluation import (
    Prediction as Prediction,
    classification_scores as classification_scores,
    paired_difference as paired_difference,
    rupture_weights as rupture_weights,
    score_table as score_table,
)
from .explanation import relevance as relevance
from .features import ColumnDefinition as ColumnDefinition
from .geometry import (
    TrenchLine as TrenchLine,
    load_trench_line as load_trench_line,
    locate as locate,
    make_segments as make_segments,
    sample_grid as sample_grid,
)
from .models import (
    FCNArchitecture as FCNArchitecture,
    FCNStack as FCNStack,
    SavedModel as SavedModel,
    import_networks as import_networks,
    load_model as load_model,
    save_model as save_model,
)
from .pipelines.association import test as test
from .pipelines.build import (
    add_layer as add_layer,
    build_table as build_table,
    fetch_data as fetch_data,
    open_table as open_table,
)
from .pipelines.predict import explain as explain, predict as predict
from .pipelines.run import Run as Run, open_run as open_run, run as run
from .pipelines.search import search as search
from .pipelines.settings import RunConfig as RunConfig, load_config as load_config
from .splits import ChunkSplitter as ChunkSplitter, Fold as Fold, RegionSplitter as RegionSplitter
from .table import (
    FeatureTable as FeatureTable,
    complete as complete,
    load_builtin_table as load_builtin_table,
    read_table as read_table,
    write_table as write_table,
)
from .training import (
    FCNClassifier as FCNClassifier,
    FCNMultiTask as FCNMultiTask,
    FCNRegressor as FCNRegressor,
    Member as Member,
    Network as Network,
    TrainingOptions as TrainingOptions,
    fit_classifier as fit_classifier,
)

__version__: str

from .core import (
    InputError as InputError,
)
from .core import (
    MegathrustError as MegathrustError,
)
from .core import (
    ModelError as ModelError,
)
from .core import (
    OutputError as OutputError,
)
from .core import (
    SourceError as SourceError,
)
from .core import (
    TableError as TableError,
)
from .core import (
    Verdict as Verdict,
)
from .core import (
    magnitude_from_moment as magnitude_from_moment,
)
from .core import (
    moment_from_magnitude as moment_from_magnitude,
)
from .evaluation import (
    BASELINES as BASELINES,
)
from .evaluation import (
    Prediction as Prediction,
)
from .evaluation import (
    classification_scores as classification_scores,
)
from .evaluation import (
    paired_difference as paired_difference,
)
from .evaluation import (
    rupture_weights as rupture_weights,
)
from .evaluation import (
    score_table as score_table,
)
from .explanation import (
    Relevance as Relevance,
)
from .explanation import (
    relevance as relevance,
)
from .features import (
    SEED_STUDY_FEATURES as SEED_STUDY_FEATURES,
)
from .features import (
    ColumnDefinition as ColumnDefinition,
)
from .geometry import (
    Cells as Cells,
)
from .geometry import (
    TrenchLine as TrenchLine,
)
from .geometry import (
    load_trench_line as load_trench_line,
)
from .geometry import (
    locate as locate,
)
from .geometry import (
    make_segments as make_segments,
)
from .geometry import (
    sample_grid as sample_grid,
)
from .models import (
    FCNArchitecture as FCNArchitecture,
)
from .models import (
    FCNStack as FCNStack,
)
from .models import (
    SavedModel as SavedModel,
)
from .models import (
    import_networks as import_networks,
)
from .models import (
    load_model as load_model,
)
from .models import (
    save_model as save_model,
)
from .pipelines.build import (
    build_table as build_table,
)
from .pipelines.build import (
    fetch_data as fetch_data,
)
from .pipelines.build import (
    open_table as open_table,
)
from .pipelines.predict import (
    predict as predict,
)
from .pipelines.run import (
    Run as Run,
)
from .pipelines.run import (
    open_run as open_run,
)
from .pipelines.run import (
    run as run,
)
from .pipelines.search import (
    search as search,
)
from .pipelines.settings import (
    RunConfig as RunConfig,
)
from .pipelines.settings import (
    load_config as load_config,
)
from .splits import (
    ChunkSplitter as ChunkSplitter,
)
from .splits import (
    Fold as Fold,
)
from .splits import (
    RegionSplitter as RegionSplitter,
)
from .table import (
    FeatureTable as FeatureTable,
)
from .table import (
    complete as complete,
)
from .table import (
    read_table as read_table,
)
from .table import (
    write_table as write_table,
)
from .training import (
    FCNClassifier as FCNClassifier,
)
from .training import (
    FCNMultiTask as FCNMultiTask,
)
from .training import (
    FCNRegressor as FCNRegressor,
)
from .training import (
    Member as Member,
)
from .training import (
    TrainingOptions as TrainingOptions,
)
from .training import (
    fit_classifier as fit_classifier,
)

__version__: str

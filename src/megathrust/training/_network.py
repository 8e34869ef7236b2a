"""Shape and training of networks, each setting said once, and the records that carry them on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin, get_type_hints

import numpy as np
from pydantic import ConfigDict, Field

from megathrust.core import (
    FloatArray,
    InputError,
    IntArray,
    check_choice,
    check_range,
    check_same_length,
    short_repr,
)
from megathrust.models import FCNArchitecture, Heads

FEATURE_DRAWS = ("mutual_information", "uniform")
OPTIMIZERS = ("adam", "adamw")
SAMPLINGS = ("balanced", "shuffled")
SCHEDULES = ("constant", "one_cycle")
TASK_WEIGHTINGS = ("fixed", "learned")


@short_repr
@dataclass(frozen=True)
class Member:
    """What sets one member of a stack apart: its rows, its seed, its hyperparameters.

    Attributes
    ----------
    train : ndarray of int, shape (n,)
        Rows it is fitted on.
    seed : int
        Seed of its random streams (initial parameters, batches, dropout, features seen).
    learning_rate : float
        Largest learning rate of its schedule.
    weight_decay : float
        Decoupled for AdamW, added to the gradient for Adam.
    dropout : float
        Share of hidden units dropped, in [0, 1).
    label_smoothing : float
        Share of a label that is spread evenly over all classes while training, in [0, 1).
    world : int
        Which of several versions of features or targets it sees: 0 is the first, often the only one.
    validation : ndarray of int, shape (v,), optional
        Rows of the inner validation set, such as `megathrust.splits.InnerSplitter` gives: the parameters of
        the epoch with the least loss there are kept. Without them those of the last epoch are. Only these
        and the training rows matter for anything of the member.
    row_weights : ndarray, shape (n,), optional
        Weight of every training row in the loss, >= 0; 1 by default.

    Examples
    --------
    >>> member = Member(np.arange(100), seed=7, learning_rate=1e-2, label_smoothing=0.1)
    >>> len(member.train), member.dropout
    (100, 0.0)
    """

    train: IntArray
    seed: int
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    dropout: float = 0.0
    label_smoothing: float = 0.0
    world: int = 0
    validation: IntArray | None = None
    row_weights: FloatArray | None = None

    def __post_init__(self) -> None:
        check_range("the number of training rows", len(self.train), low=1)
        check_range("the seed", self.seed, low=0)
        check_range("the learning rate", self.learning_rate, low=0.0, open_low=True)
        check_range("the weight decay", self.weight_decay, low=0.0)
        check_range("the dropout rate", self.dropout, low=0.0, high=0.99)
        check_range("the label smoothing", self.label_smoothing, low=0.0, high=0.99)
        if self.validation is not None:
            check_range("the number of validation rows", len(self.validation), low=1)
            shared = np.intersect1d(self.train, self.validation)
            if len(shared):
                raise InputError(
                    "a member validates on rows that it trains on",
                    given=f"{len(shared)} shared rows, row {shared[0]} among them",
                    action="take the validation rows out of its training rows",
                )
        if self.row_weights is not None:
            check_same_length(train=self.train, row_weights=self.row_weights)
            check_range("the least weight of a row", float(np.min(self.row_weights)), low=0.0)
            check_range(
                "the sum of the weights of the rows", float(np.sum(self.row_weights)), open_low=True, low=0.0
            )


@dataclass(frozen=True)
class TrainingOptions:
    """What all members of a stack share.

    Parameters
    ----------
    epochs : int
        Passes over a member's training rows.
    batch_size : int
        Rows per step at most; the rows of an epoch are spread evenly over its steps, so that no step is
        left with a single row.
    optimizer : str
        ``"adam"`` or ``"adamw"``.
    schedule : str
        ``"one_cycle"`` (stepped per batch) or ``"constant"``.
    class_weights : bool
        Weigh each class by the inverse of its share among the member's own training rows.
    sampling : str
        ``"shuffled"``, each training row once an epoch; or ``"balanced"``, as many rows drawn with
        replacement so that every class is drawn as often.
    task_weights : str
        Of a stack with classes and magnitude: ``"fixed"``, loss of the classes plus ``magnitude_weight``
        times that of the magnitude; or ``"learned"``, by the homoscedastic uncertainty of both (Kendall
        et al. 2018, arXiv:1705.07115), each member its own.
    magnitude_weight : float
        Weight of the loss of the magnitude.
    huber_delta : float
        Where the Huber loss turns from square to linear, in the units that the magnitude is fitted in.
    completeness : float
        Mw below which no event is sure to have been recorded, for the censored likelihood.
    feature_draw : str
        Where members see subsets of the features (`FCNArchitecture.features_seen`): ``"uniform"``, all
        features equally probable; or ``"mutual_information"``, by their mutual information with the labels
        of a member's own training rows.
    patience : int, optional
        Epochs without a lower validation loss after which a member stops; none lets it go on to the end.

    Raises
    ------
    InputError
        If an entry is out of range or unknown.

    Examples
    --------
    >>> TrainingOptions(epochs=60, optimizer="adamw").schedule
    'one_cycle'
    """

    epochs: int = 120
    batch_size: int = 32
    optimizer: str = "adam"
    schedule: str = "one_cycle"
    class_weights: bool = False
    sampling: str = "shuffled"
    task_weights: str = "fixed"
    magnitude_weight: float = 1.0
    huber_delta: float = 1.0
    completeness: float = 7.0
    feature_draw: str = "uniform"
    patience: int | None = None

    def __post_init__(self) -> None:
        check_range("the number of epochs", self.epochs, low=1)
        check_range("the batch size", self.batch_size, low=2)
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        check_choice("schedule", self.schedule, SCHEDULES)
        check_choice("sampling", self.sampling, SAMPLINGS)
        check_choice("draw of features", self.feature_draw, FEATURE_DRAWS)
        check_choice("weighting of tasks", self.task_weights, TASK_WEIGHTINGS)
        check_range("the weight of the magnitude", self.magnitude_weight, low=0.0, open_low=True)
        check_range("the turn of the Huber loss", self.huber_delta, low=0.0, open_low=True)
        if self.patience is not None:
            check_range("the patience", self.patience, low=1)


@dataclass(frozen=True)
class Range:
    """A range from which a search draws numbers evenly, or evenly in their logarithm.

    Parameters
    ----------
    low, high : float
    log : bool

    Raises
    ------
    ValueError
        If the range is empty, or a logarithmic one does not start above 0.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low must not lie above high")
        if self.log and self.low <= 0.0:
            raise ValueError("a logarithmic range must start above 0")


def _setting(
    default: Any, meaning: str, *, search: Range | tuple[Any, ...] | None = None, without_classes: Any = None
) -> Any:
    """Declare a setting.

    Parameters
    ----------
    default : object
    meaning : str
        For whoever sets it.
    search : Range or tuple, optional
        What a search draws it from; none for a setting that no search decides by default.
    without_classes : object, optional
        For a setting that only classes have a use for: the value that switches it off.
    """
    metadata = {"meaning": meaning, "search": search, "without_classes": without_classes}
    return field(default=default, metadata=metadata)


_Width = Annotated[int, Field(ge=1, le=100_000)]


@dataclass(frozen=True)
class Network:
    """Every setting of a network and of its training.

    Architecture, training options and members are made of it, and so are the section ``network`` of a
    configuration, the arguments of the estimators, and the space of a search. A new setting is declared here
    and in the record that carries it to where it acts: `FCNArchitecture`, `TrainingOptions` or `Member`.

    Examples
    --------
    >>> network = Network(hidden=(8,), features_seen=None)
    >>> network.architecture(5, Heads(2)).hidden
    (8,)
    >>> network.options().epochs, network.with_parameters(depth=2, width=4).hidden
    (60, (4, 4))
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    hidden: Annotated[
        tuple[Annotated[int, Field(ge=1, le=100_000)], ...], Field(min_length=1, max_length=100)
    ] = _setting((64, 64), "Widths of the hidden layers, from the input on.")
    learning_rate: Annotated[float, Field(gt=0.0, le=1e3)] = _setting(
        1e-3, "Largest learning rate of the schedule.", search=Range(1e-4, 1e-1, log=True)
    )
    weight_decay: Annotated[float, Field(ge=0.0, le=1e3)] = _setting(
        1e-2,
        'Decoupled for ``"adamw"``, added to the gradient for ``"adam"``.',
        search=Range(1e-5, 1e-1, log=True),
    )
    dropout: Annotated[float, Field(ge=0.0, le=0.99)] = _setting(
        0.2, "Share of hidden units dropped while training, in [0, 1).", search=Range(0.0, 0.5)
    )
    batch_size: Annotated[int, Field(ge=2, le=10**6)] = _setting(
        64, "Rows per step at most.", search=(16, 32, 64)
    )
    epochs: Annotated[int, Field(ge=1, le=10**5)] = _setting(
        60, "Passes over the rows.", search=(30, 60, 120)
    )
    encoding: Literal["none", "piecewise_linear", "periodic"] = _setting(
        "piecewise_linear",
        "How a feature enters: as it is, as shares of bins of equal counts, or as sines and cosines of "
        "trained frequencies (Gorishniy et al. 2022, arXiv:2203.05556).",
        search=("none", "piecewise_linear"),
    )
    encoding_units: Annotated[int, Field(ge=1, le=1_000)] = _setting(
        16, "Bins or frequencies of every feature.", search=(8, 16)
    )
    features_seen: Annotated[int, Field(ge=1, le=5_000)] | None = _setting(
        10,
        "Features that each network sees, its own random subset (Ho 1998, doi:10.1109/34.709601); none "
        "stands for all.",
        search=(None, 6, 10, 16),
    )
    label_smoothing: Annotated[float, Field(ge=0.0, le=0.99)] = _setting(
        0.1,
        "Share of a label that is spread evenly over all classes, in [0, 1).",
        search=Range(0.0, 0.2),
        without_classes=0.0,
    )
    activation: str = _setting("relu", "One of `megathrust.models.ACTIVATIONS`.")
    batch_norm: Literal["none", "before", "after"] = _setting(
        "none", "Place of batch norm relative to each hidden linear layer."
    )
    frequency_spread: Annotated[float, Field(gt=0.0, le=1e3)] = _setting(
        0.1, "Standard deviation of the first frequencies, in turns per standard deviation of a feature."
    )
    feature_draw: Literal["mutual_information", "uniform"] = _setting(
        "mutual_information",
        "Draw the features that are seen by what each alone tells of the target in the training rows, or "
        "evenly.",
    )
    optimizer: Literal["adam", "adamw"] = _setting("adamw", "Optimiser.")
    schedule: Literal["one_cycle", "constant"] = _setting("one_cycle", "Learning rate over the steps.")
    class_weights: bool = _setting(
        False,
        "Weigh each class by the inverse of its share of the rows. Weights harm calibration (Carriero et al. "
        "2024, arXiv:2404.19494), so that they are off.",
        without_classes=False,
    )
    sampling: Literal["shuffled", "balanced"] = _setting(
        "shuffled",
        "Each row once an epoch, or as many rows drawn so that every class comes as often; harms calibration "
        "as weights do.",
        without_classes="shuffled",
    )

    def architecture(self, n_features: int, heads: Heads, *, shared_by: int = 1) -> FCNArchitecture:
        """Return the shape of the networks."""
        chosen = self._for(FCNArchitecture)
        seen = chosen.pop("features_seen")
        shape = FCNArchitecture(n_features, heads.n_outputs, heads=heads, shared_by=shared_by, **chosen)
        return shape.seeing(seen)

    def options(self, **more: Any) -> TrainingOptions:
        """Return what members share, with further options that no setting decides."""
        return TrainingOptions(**self._for(TrainingOptions), **more)

    def member(self, train: IntArray, seed: int, **more: Any) -> Member:
        """Return a member that is trained on some rows."""
        return Member(train=train, seed=seed, **self._for(Member), **more)

    def without_classes(self) -> Network:
        """Return the same with everything switched off that only classes have a use for."""
        return replace(self, **settings_without_classes())

    def with_parameters(self, **parameters: Any) -> Network:
        """Return the same with some settings changed, ``depth`` and ``width`` in place of ``hidden``."""
        depth = parameters.pop("depth", len(self.hidden))
        width = parameters.pop("width", self.hidden[0])
        return replace(self, hidden=(width,) * depth, **parameters)

    def parameters(self) -> dict[str, Any]:
        """Return what a search decides, by name, in the order in which it is drawn."""
        own = {name: getattr(self, name) for name in searched_settings()}
        return {"depth": len(self.hidden), "width": self.hidden[0], **own}

    def _for(self, record: type) -> dict[str, Any]:
        ours = {each.name for each in fields(Network)}
        return {each.name: getattr(self, each.name) for each in fields(record) if each.name in ours}


def searched_settings() -> dict[str, Range | tuple[Any, ...]]:
    """Return what a search draws each setting from, by name."""
    return {each.name: found for each in fields(Network) if (found := each.metadata["search"]) is not None}


def settings_without_classes() -> dict[str, Any]:
    """Return the settings that only classes have a use for, with the values that switch them off."""
    found = {each.name: each.metadata["without_classes"] for each in fields(Network)}
    return {name: value for name, value in found.items() if value is not None}


def setting_type(name: str) -> Any:
    """Return the annotation of a setting."""
    return get_type_hints(Network, include_extras=True)[name]


def documented_settings(defaults: Mapping[str, Any]) -> Iterator[str]:
    """Yield lines of numpydoc for every setting, with the defaults of whoever takes them."""
    for each in fields(Network):
        default = defaults.get(each.name, each.default)
        yield f"{each.name} : {_words(setting_type(each.name))}, default={default!r}"
        yield f"    {each.metadata['meaning']}"


def _words(annotation: Any) -> str:
    """Return an annotation as numpydoc writes types."""
    if get_origin(annotation) is Annotated:
        return _words(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return "{" + ", ".join(f'"{value}"' for value in get_args(annotation)) + "}"
    parts = [part for part in get_args(annotation) if part is not Ellipsis]
    if get_origin(annotation) is tuple:
        return f"tuple of {_words(parts[0])}"
    if parts:
        return " or ".join("None" if part is type(None) else _words(part) for part in parts)
    return str(annotation.__name__)


#: What a trial of a search decides, in the order in which it is drawn.
TRIAL_PARAMETERS = ("depth", "width", *searched_settings())

# What estimators take and who has a use for it, as fields of a dataclass.
_Fields = list[tuple[str, Any, "dataclasses.Field[Any]"]]


def estimator_fields(defaults: Mapping[str, Any], *, of_classes: bool) -> _Fields:
    """Return the settings as fields of an estimator: those that need classes, or all others."""
    chosen = settings_without_classes()
    return [
        (each.name, each.type, field(default=defaults.get(each.name, each.default), kw_only=position > 0))
        for position, each in enumerate(fields(Network))
        if (each.name in chosen) == of_classes
    ]

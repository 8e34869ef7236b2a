"""What the scikit-learn faces of the stack share: parameters, training, and what their heads add."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields, make_dataclass
from types import MappingProxyType
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array, check_consistent_length, check_random_state, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from megathrust.core import FloatArray, InputError, check_choice, check_range
from megathrust.models import MAGNITUDE_LOSSES, FCNStack, Heads
from megathrust.training._fit import Fit, fit_stack
from megathrust.training._network import (
    Member,
    Network,
    documented_settings,
    estimator_fields,
    settings_without_classes,
)
from megathrust.training._targets import Targets

#: How scikit-learn is to check features: numbers, some of which may be missing.
FEATURES: Mapping[str, Any] = MappingProxyType(
    {"dtype": np.float64, "order": "C", "ensure_all_finite": "allow-nan"}
)

#: Where estimators start from other settings than runs do: plain networks on all features.
DEFAULTS = MappingProxyType(
    {
        "hidden": (128, 128),
        "encoding": "none",
        "encoding_units": 8,
        "features_seen": None,
        "feature_draw": "uniform",
        "label_smoothing": 0.0,
    }
)

_Settings: Any = make_dataclass(
    "_Settings", estimator_fields(DEFAULTS, of_classes=False), eq=False, repr=False
)
_ClassSettings: Any = make_dataclass(
    "_ClassSettings", estimator_fields(DEFAULTS, of_classes=True), eq=False, repr=False
)

E = TypeVar("E", bound=type)


def documented(estimator: E) -> E:
    """Put the settings of networks into the docstring of an estimator, in full or by name."""
    settings = "\n    ".join(documented_settings(DEFAULTS))
    names = ", ".join(entry.name for entry in fields(estimator) if entry.name in _common_names())
    text = str(estimator.__doc__).replace("{settings}", settings).replace("{names}", names)
    estimator.__doc__ = text
    return estimator


def _common_names() -> set[str]:
    """Return the names of everything that an estimator takes and `FCNClassifier` documents."""
    return {entry.name for kind in (FCNEnsemble, ClassEnsemble) for entry in fields(kind)}


# A dataclass writes the constructor that scikit-learn asks for: every parameter named, stored as it is.
@dataclass(eq=False, repr=False, kw_only=True)
class FCNEnsemble(_Settings, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Networks that differ in their seeds, trained at once as one stack; the base of the estimators.

    Parameters are those that `FCNClassifier` documents.
    """

    patience: int | None = None
    n_members: int = 10
    shared_by: int = 1
    device: str = "cpu"
    random_state: int | np.random.RandomState | None = None

    def _train(
        self,
        features: FloatArray,
        targets: Targets,
        heads: Heads,
        sample_weight: npt.ArrayLike | None,
        blocks: npt.ArrayLike | None,
        **options: Any,
    ) -> Self:
        """Fit the stack; ``options`` are those of the heads."""
        check_range("the number of members", self.n_members, low=1)
        if self.features_seen is not None:
            name = "the number of features that a network sees"
            check_range(name, self.features_seen, low=1, high=features.shape[1])
        network = self._network()
        architecture = network.architecture(features.shape[1], heads, shared_by=self.shared_by)
        training = network.options(patience=self.patience, **options)
        members = self._members(features, sample_weight, blocks)
        fit = fit_stack(features, targets, members, architecture, training, device=self.device)
        self.losses_, self.stopped_ = fit.losses, fit.stopped
        self.validation_losses_, self.best_epochs_ = fit.validation_losses, fit.best_epochs
        self.stack_ = _without_failed(fit)
        return self

    def _members(
        self, features: FloatArray, sample_weight: npt.ArrayLike | None, blocks: npt.ArrayLike | None
    ) -> list[Member]:
        random = check_random_state(self.random_state)
        seeds = random.randint(np.iinfo(np.int32).max, size=self.n_members)
        weights = None if sample_weight is None else _row_weights(features, sample_weight)
        # A row without weight is left out, so that neither scaling nor bins come from it.
        used = np.arange(len(features)) if weights is None else np.flatnonzero(weights)
        validated = _validated_rows(features, blocks, used, self.patience)
        members = []
        for number, seed in enumerate(seeds):
            validation = validated[number % len(validated)] if validated else None
            train = used if validation is None else np.setdiff1d(used, validation)
            own_weights = None if weights is None else weights[train]
            members.append(
                self._network().member(train, int(seed), validation=validation, row_weights=own_weights)
            )
        return members

    def _network(self) -> Network:
        """Return the settings; those that only classes have a use for are off where there are none."""
        names = [entry.name for entry in fields(Network) if hasattr(self, entry.name)]
        given = {name: getattr(self, name) for name in names}
        # A single width is as good as a tuple of one.
        given["hidden"] = tuple(np.atleast_1d(self.hidden))
        return Network(**settings_without_classes() | given)

    def _checked(self, X: npt.ArrayLike) -> FloatArray:
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, reset=False, **FEATURES))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _precise_stack(self) -> FCNStack:
        # In float64 a row's prediction does not depend on the rows beside it.
        stack: FCNStack = copy.deepcopy(self.stack_).double()
        return stack


@dataclass(eq=False, repr=False, kw_only=True)
class ClassEnsemble(_ClassSettings, FCNEnsemble):  # type: ignore[misc]
    """An ensemble with a head for classes."""

    ordinal: bool = False

    def _class_probabilities(self, X: npt.ArrayLike) -> FloatArray:
        features = self._checked(X)
        return np.asarray(self._precise_stack().probabilities(features).mean(0))


@dataclass(eq=False, repr=False, kw_only=True)
class MagnitudeEnsemble(FCNEnsemble):
    """An ensemble with a head for a magnitude, or any other number."""

    loss: str = "mse"
    quantiles: tuple[float, ...] = (0.1, 0.5, 0.9)
    uniform: bool = False
    huber_delta: float = 1.0

    def _magnitude_head(self) -> dict[str, Any]:
        check_choice(
            "loss", self.loss, [loss for loss in MAGNITUDE_LOSSES if loss not in ("none", "censored")]
        )
        return {"magnitude": self.loss, "quantiles": tuple(self.quantiles), "uniform": self.uniform}

    def predict(self, X: npt.ArrayLike) -> FloatArray:
        """Return the prediction in the units of ``y``, the mean over the networks.

        Parameters
        ----------
        X : array_like, shape (rows, features)
            Feature values in the units and order of `fit`.

        Returns
        -------
        ndarray, shape (rows,)
            With the quantile loss the median, linear between the levels around it, or the level nearest to
            it if all lie on one side.
        """
        features = self._checked(X)
        return np.asarray(self._precise_stack().magnitudes(features).mean(0))

    def predict_quantiles(self, X: npt.ArrayLike) -> FloatArray:
        """Return the quantiles, the mean over the networks.

        Parameters
        ----------
        X : array_like, shape (rows, features)
            Feature values in the units and order of `fit`.

        Returns
        -------
        ndarray, shape (rows, levels)
            In the order of ``quantiles``, never decreasing along a row.

        Raises
        ------
        InputError
            If the loss is another than ``"quantile"``.
        """
        features = self._checked(X)
        return np.asarray(self._precise_stack().quantiles(features).mean(0))


def _row_weights(features: FloatArray, weights: npt.ArrayLike) -> FloatArray:
    """Return one finite number per row."""
    array = column_or_1d(check_array(weights, ensure_2d=False, dtype=np.float64, input_name="sample_weight"))
    check_consistent_length(features, array)
    if not array.any():
        raise InputError("sample_weight is zero in every row", action="give one row a weight at least")
    return np.asarray(array)


def _validated_rows(
    features: FloatArray, blocks: npt.ArrayLike | None, used: npt.NDArray[np.intp], patience: int | None
) -> list[npt.NDArray[np.intp]]:
    """Return the rows of every block, none without blocks."""
    if blocks is None:
        if patience is not None:
            raise InputError(
                "patience needs rows to validate on", action="give fit the block of every row, or no patience"
            )
        return []
    labels = column_or_1d(np.asarray(blocks))
    check_consistent_length(features, labels)
    names = np.unique(labels[used])
    if len(names) < 2:
        raise InputError(
            "a network cannot validate on one block and train on another",
            given=f"{len(names)} block",
            allowed="two or more",
        )
    return [used[labels[used] == name] for name in names]


def _without_failed(fit: Fit) -> FCNStack:
    """Return the networks whose training did not fail; those of which nothing is left predict NaN."""
    failed = np.isnan(fit.stack.scaling.shift.numpy()).any(1)
    if not failed.any():
        return fit.stack
    first = int(np.argmax(failed))
    reason = f"network {first}: {fit.stopped[first]}"
    if failed.all():
        raise InputError(
            "the training of every network failed", given=reason, action="try a lower learning rate"
        )
    warnings.warn(
        f"{failed.sum()} of {len(failed)} networks failed and are left out ({reason})",
        ConvergenceWarning,
        stacklevel=4,
    )
    return fit.stack.select(np.flatnonzero(~failed).tolist())

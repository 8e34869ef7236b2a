"""The stack as a scikit-learn regressor of magnitudes that tells their classes, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import column_or_1d
from sklearn.utils.validation import validate_data

from megathrust.core import FloatArray, IntArray, magnitude_classes
from megathrust.models import Heads
from megathrust.training._ensemble import FEATURES, ClassEnsemble, MagnitudeEnsemble, documented
from megathrust.training._targets import Targets


@documented
@dataclass(eq=False, repr=False, kw_only=True)
class FCNMultiTask(RegressorMixin, ClassEnsemble, MagnitudeEnsemble):  # type: ignore[misc]
    """An ensemble of fully connected networks that predict Mw and its class at once, trained as one stack.

    The target is one column, the magnitudes; their classes are made in `fit`, by ``thresholds``. So `predict`
    and `score` are those of a regressor, and any cross-validation can be used. The classes have methods of
    their own.

    Parameters
    ----------
    thresholds : tuple of float, default=(8.0,)
        Magnitudes between the classes, increasing; a magnitude that reaches k of them is of class k.
    task_weights : {"fixed", "learned"}, default="fixed"
        Add ``magnitude_weight`` times the loss of the magnitude to that of the classes, or let every network
        learn the balance from the uncertainty of both (Kendall et al. 2018, arXiv:1705.07115).
    magnitude_weight : float, default=1.0
        Weight of the loss of the magnitude, where weights are fixed.

    Other Parameters
    ----------------
    loss, quantiles, uniform, huber_delta
        Of the magnitude, as of `FCNRegressor`.
    {names}
        As of `FCNClassifier`.

    Attributes
    ----------
    stack_ : megathrust.models.FCNStack
        The networks; ``stack_.magnitudes(X)`` and ``stack_.probabilities(X)`` are those of each of them.
    n_features_in_, feature_names_in_, losses_, validation_losses_, best_epochs_, stopped_
        As of `FCNClassifier`.

    Raises
    ------
    InputError
        By `fit`, if a parameter is outside what is allowed; it is a ``ValueError``.

    Notes
    -----
    The class probabilities are not called ``predict_proba``: scikit-learn forbids it for regressors
    (``check_regressors_no_decision_function``), because tools take whatever has it for a classifier.

    The two heads share all layers but the last and need not agree: the most probable class may be another
    than that of the predicted magnitude.

    Of scikit-learn's own checks all hold but ``check_sample_weight_equivalence_on_dense_data``, for the
    reason told at `FCNClassifier`.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> table = synthetic_table(seed=1)
    >>> network = FCNMultiTask((16,), thresholds=(7.5, 8.5), learning_rate=1e-2, n_members=3, random_state=0)
    >>> network = network.fit(table.features(), table.magnitudes())
    >>> network.predict(table.features()).shape, network.predict_class_probabilities(table.features()).shape
    ((130,), (130, 3))
    >>> observed = network.to_classes(table.magnitudes())
    >>> bool((network.predict_class(table.features()) == observed).mean() > 0.8)
    True
    """

    thresholds: tuple[float, ...] = (8.0,)
    task_weights: str = "fixed"
    magnitude_weight: float = 1.0

    def fit(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        blocks: npt.ArrayLike | None = None,
    ) -> Self:
        """Train the networks.

        Parameters
        ----------
        X : array_like, shape (rows, features)
            Feature values in their units; one that is missing (NaN) counts as the median of the others.
        y : array_like, shape (rows,)
            Magnitudes; NaN where no event was observed: the lowest class, and no magnitude to learn from.
        sample_weight, blocks : array_like, shape (rows,), optional
            As of `FCNClassifier.fit`.

        Returns
        -------
        FCNMultiTask
            The estimator itself.
        """
        magnitudes = column_or_1d(y, dtype=np.float64, warn=True)
        missing = np.isnan(magnitudes)
        # scikit-learn knows no missing target: it checks all others, and that X fits.
        features, _ = validate_data(
            self, X, np.where(missing, 0.0, magnitudes), ensure_min_samples=2, **FEATURES
        )
        classes = self.to_classes(magnitudes)
        heads = Heads(len(self.thresholds) + 1, self.ordinal, **self._magnitude_head())
        return self._train(
            features,
            Targets(classes, magnitudes),
            heads,
            sample_weight,
            blocks,
            huber_delta=self.huber_delta,
            task_weights=self.task_weights,
            magnitude_weight=self.magnitude_weight,
        )

    def to_classes(self, y: npt.ArrayLike) -> IntArray:
        """Return the class of every magnitude, from 0; of NaN 0.

        Parameters
        ----------
        y : array_like, shape (rows,)

        Returns
        -------
        ndarray of int, shape (rows,)
        """
        return magnitude_classes(y, self.thresholds)

    def predict_class_probabilities(self, X: npt.ArrayLike) -> FloatArray:
        """Return class probabilities, the mean over the networks.

        Parameters
        ----------
        X : array_like, shape (rows, features)
            Feature values in the units and order of `fit`.

        Returns
        -------
        ndarray, shape (rows, thresholds + 1)
            The class below every threshold first.
        """
        return self._class_probabilities(X)

    def predict_class(self, X: npt.ArrayLike) -> IntArray:
        """Return the most probable class of every row, from 0.

        Parameters
        ----------
        X : array_like, shape (rows, features)
            Feature values in the units and order of `fit`.

        Returns
        -------
        ndarray of int, shape (rows,)
        """
        return np.asarray(np.argmax(self.predict_class_probabilities(X), axis=1))

    def score(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> float:
        """Return R squared of the magnitudes of rows that have one.

        Parameters
        ----------
        X : array_like, shape (rows, features)
            Feature values in the units and order of `fit`.
        y : array_like, shape (rows,)
            Magnitudes; NaN where no event was observed.
        sample_weight : array_like, shape (rows,), optional
            Weight of every row.

        Returns
        -------
        float
        """
        magnitudes = column_or_1d(y, dtype=np.float64)
        known = ~np.isnan(magnitudes)
        weights = None if sample_weight is None else np.asarray(sample_weight)[known]
        return float(r2_score(magnitudes[known], self.predict(X)[known], sample_weight=weights))

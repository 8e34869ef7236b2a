"""The stack as a scikit-learn regressor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from megathrust.models import Heads
from megathrust.training._ensemble import FEATURES, MagnitudeEnsemble, documented
from megathrust.training._targets import Targets


@documented
@dataclass(eq=False, repr=False, kw_only=True)
class FCNRegressor(RegressorMixin, MagnitudeEnsemble):  # type: ignore[misc]  # scikit-learn has no types
    """An ensemble of fully connected networks that predict Mw, or any other number, trained as one stack.

    Inputs and ``y`` are standardised inside, with the rows given to `fit` alone.

    Parameters
    ----------
    loss : {"mse", "huber", "quantile"}, default="mse"
        Squared error; Huber (1964), less moved by outliers; or the pinball loss of several quantiles
        (Koenker & Bassett 1978).
    quantiles : tuple of float, default=(0.1, 0.5, 0.9)
        Levels of the quantile loss, increasing, in (0, 1).
    uniform : bool, default=False
        Fit the share of training rows with a smaller ``y``, evenly spread in [0, 1], instead of the
        standardised ``y``. Predictions are in the units of ``y`` all the same and never leave its range.
    huber_delta : float, default=1.0
        Where the Huber loss turns from square to linear, in standard deviations of ``y``, or in shares of
        the rows if ``uniform``.

    Other Parameters
    ----------------
    {names}
        As of `FCNClassifier`.

    Attributes
    ----------
    stack_ : megathrust.models.FCNStack
        The networks; ``stack_.magnitudes(X)`` are the predictions of each of them.
    n_features_in_, feature_names_in_, losses_, validation_losses_, best_epochs_, stopped_
        As of `FCNClassifier`.

    Raises
    ------
    InputError
        By `fit`, if a parameter is outside what is allowed; it is a ``ValueError``.

    See Also
    --------
    FCNMultiTask : Magnitudes and their classes by one network.

    Notes
    -----
    A segment where no event was observed has no magnitude: leave such rows out, or take `FCNMultiTask`.

    Quantiles hold their share of the training rows; rows unlike them leave the quantiles more often.

    Of scikit-learn's own checks all hold but ``check_sample_weight_equivalence_on_dense_data``, for the
    reason told at `FCNClassifier`.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> table = synthetic_table(seed=1)
    >>> network = FCNRegressor((16,), loss="quantile", learning_rate=1e-2, n_members=3, random_state=0)
    >>> network.fit(table.features(), table.magnitudes()).predict_quantiles(table.features()).shape
    (130, 3)
    >>> bool(network.score(table.features(), table.magnitudes()) > 0.7)
    True
    """

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
            Finite numbers.
        sample_weight, blocks : array_like, shape (rows,), optional
            As of `FCNClassifier.fit`.

        Returns
        -------
        FCNRegressor
            The estimator itself.
        """
        features, values = validate_data(self, X, y, y_numeric=True, ensure_min_samples=2, **FEATURES)
        heads = Heads(**self._magnitude_head())
        targets = Targets(magnitudes=values.astype(np.float64))
        return self._train(features, targets, heads, sample_weight, blocks, huber_delta=self.huber_delta)

"""The stack as a scikit-learn estimator, for pipelines and other people's cross-validation."""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from megathrust.core import FloatArray, check_range
from megathrust.models import FCNArchitecture
from megathrust.training._fit import fit_classifier
from megathrust.training._options import Member, TrainingOptions


class FCNClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """An ensemble of fully connected networks that differ in their seeds, trained at once as one stack.

    The inputs are standardised inside, with the mean and standard deviation of the rows given to `fit`, so
    that no scaler is needed before it and nothing of a held-out row is ever used.

    Parameters
    ----------
    hidden : tuple of int, default=(128, 128)
        Widths of the hidden layers, from the input on.
    activation : str, default="relu"
        One of `megathrust.models.ACTIVATIONS`.
    batch_norm : {"none", "before", "after"}, default="none"
        Place of batch norm relative to each hidden linear layer.
    dropout : float, default=0.2
        Share of hidden units dropped while training, in [0, 1).
    learning_rate : float, default=1e-3
        Largest learning rate of the schedule.
    weight_decay : float, default=1e-2
        Decoupled for ``"adamw"``, added to the gradient for ``"adam"``.
    optimizer : {"adam", "adamw"}, default="adamw"
        Optimiser.
    schedule : {"one_cycle", "constant"}, default="one_cycle"
        Learning rate over the steps.
    epochs : int, default=60
        Passes over the rows.
    batch_size : int, default=64
        Rows per step at most.
    class_weights : bool, default=False
        Weigh each class by the inverse of its share. Weights harm calibration (Carriero et al. 2024,
        arXiv:2404.19494), so that they are off.
    n_members : int, default=10
        Networks in the ensemble.
    device : str, default="cpu"
        Where to train, such as ``"cpu"`` or ``"cuda"``; predictions are made on the CPU.
    random_state : int, RandomState instance or None, default=None
        Seeds of the members. An int makes two fits on the same rows equal to the last bit.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        Labels, sorted; numbers or strings.
    n_features_in_ : int
        Features seen by `fit`.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Names of the columns, where `fit` was given a frame whose column names are all strings.
    stack_ : megathrust.models.FCNStack
        The networks: what `megathrust.explain.relevance` explains and `megathrust.models.SavedModel` keeps.
    losses_ : ndarray, shape (epochs, n_members)
        Mean training loss of every epoch and network.

    Raises
    ------
    InputError
        By `fit`, if a parameter is outside what is allowed; it is a ``ValueError``.

    See Also
    --------
    megathrust.training.fit_classifier : Members with their own rows and hyperparameters in one stack.

    Notes
    -----
    Rows along a trench are no independent samples. `sklearn.model_selection.cross_val_score` with its default
    folds measures little more than autocorrelation here: give it the folds of a splitter of
    `megathrust.splits`.

    Averaging networks that differ in their seeds only: Lakshminarayanan et al. (2017), arXiv:1612.01474.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import cross_val_score
    >>> from megathrust.splits import ChunkSplitter
    >>> from megathrust.testing import synthetic_table
    >>> table = synthetic_table(seed=1)
    >>> names = np.array(["smaller", "great"])[table.classes([8.0])]
    >>> folds = [(fold.train, fold.test) for fold in ChunkSplitter(exclusion_km=50.0).split(table)]
    >>> network = FCNClassifier(hidden=(16,), learning_rate=1e-2, n_members=3, random_state=0)
    >>> bool(cross_val_score(network, table.features(), names, cv=folds).mean() > 0.7)
    True
    >>> network.fit(table.features(), names).classes_.tolist()
    ['great', 'smaller']
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (128, 128),
        *,
        activation: str = "relu",
        batch_norm: str = "none",
        dropout: float = 0.2,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-2,
        optimizer: str = "adamw",
        schedule: str = "one_cycle",
        epochs: int = 60,
        batch_size: int = 64,
        class_weights: bool = False,
        n_members: int = 10,
        device: str = "cpu",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.batch_norm = batch_norm
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.optimizer = optimizer
        self.schedule = schedule
        self.epochs = epochs
        self.batch_size = batch_size
        self.class_weights = class_weights
        self.n_members = n_members
        self.device = device
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Train the networks.

        Parameters
        ----------
        X : array_like, shape (rows, features)
            Finite feature values, in their units.
        y : array_like, shape (rows,)
            Labels.

        Returns
        -------
        FCNClassifier
            The estimator itself.
        """
        check_range("the number of members", self.n_members, low=1)
        features, labels = validate_data(self, X, y, dtype=np.float64, order="C", ensure_min_samples=2)
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        random = check_random_state(self.random_state)
        seeds = random.randint(np.iinfo(np.int32).max, size=self.n_members)
        everything = np.arange(len(codes))
        members = [
            Member(everything, int(seed), self.learning_rate, self.weight_decay, self.dropout)
            for seed in seeds
        ]
        architecture = FCNArchitecture(
            features.shape[1], len(self.classes_), tuple(self.hidden), self.activation, self.batch_norm
        )
        options = TrainingOptions(
            epochs=self.epochs,
            batch_size=self.batch_size,
            optimizer=self.optimizer,
            schedule=self.schedule,
            class_weights=self.class_weights,
        )
        fit = fit_classifier(features, codes, members, architecture, options, device=self.device)
        self.stack_, self.losses_ = fit.stack, fit.losses
        return self

    def predict_proba(self, X: npt.ArrayLike) -> FloatArray:
        """Return class probabilities, the mean over the networks.

        Parameters
        ----------
        X : array_like, shape (rows, features)
            Feature values in the units and order of `fit`.

        Returns
        -------
        ndarray, shape (rows, classes)
            Columns in the order of ``classes_``.
        """
        check_is_fitted(self)
        features = validate_data(self, X, dtype=np.float64, order="C", reset=False)
        # In float64 a row's probabilities do not depend on the rows beside it.
        return np.asarray(copy.deepcopy(self.stack_).double().probabilities(features).mean(0))

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Return the most probable label of every row.

        Parameters
        ----------
        X : array_like, shape (rows, features)
            Feature values in the units and order of `fit`.

        Returns
        -------
        ndarray, shape (rows,)
        """
        highest = np.argmax(self.predict_proba(X), axis=1)
        return np.asarray(self.classes_[highest])

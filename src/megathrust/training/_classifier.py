"""The stack as a scikit-learn classifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from megathrust.core import FloatArray
from megathrust.models import Heads
from megathrust.training._ensemble import FEATURES, ClassEnsemble, documented
from megathrust.training._targets import Targets


@documented
@dataclass(eq=False, repr=False, kw_only=True)
class FCNClassifier(ClassifierMixin, ClassEnsemble):  # type: ignore[misc]  # scikit-learn has no types
    """An ensemble of fully connected networks that differ in their seeds, trained at once as one stack.

    The inputs are standardised inside, with the mean and standard deviation of the rows given to `fit`, so
    that no scaler is needed before it and nothing of a held-out row is ever used.

    Parameters
    ----------
    {settings}
    patience : int or None, default=None
        Epochs without a lower loss on the validation rows after which a network stops; needs ``blocks`` in
        `fit`.
    n_members : int, default=10
        Networks in the ensemble.
    shared_by : int, default=1
        Networks that share the matrices of their hidden layers and differ in scales around them (Wen, Tran &
        Ba 2020, arXiv:2002.06715); divides ``n_members``. Fewer parameters, and less independent networks;
        not together with ``blocks``.
    device : str, default="cpu"
        Where to train, such as ``"cpu"`` or ``"cuda"``; predictions are made on the CPU.
    random_state : int, RandomState instance or None, default=None
        Seeds of the members. An int makes two fits on the same rows equal to the last bit.
    ordinal : bool, default=False
        Take the classes for ordered, as their labels are when sorted: cumulative logits (McCullagh 1980).

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        Labels, sorted; numbers or strings.
    n_features_in_ : int
        Features seen by `fit`.
    feature_names_in_ : ndarray of str, shape (features,)
        Names of the columns, where `fit` was given a frame whose column names are all strings.
    stack_ : megathrust.models.FCNStack
        The networks: what `megathrust.relevance` explains and `megathrust.SavedModel` keeps.
        A network whose loss became NaN before anything of it could be kept is left out, with a warning.
    losses_, validation_losses_ : ndarray, shape (epochs, n_members)
        Mean training loss, and loss on the validation rows, of every epoch and network; NaN where there is
        none.
    best_epochs_ : ndarray of int, shape (n_members,)
        Epoch, from 0, whose parameters a network has; -1 for the last one, without validation rows.
    stopped_ : tuple of str
        Why a network stopped before its last epoch; empty for those that did not.

    Raises
    ------
    InputError
        By `fit`, if a parameter is outside what is allowed; it is a ``ValueError``.

    See Also
    --------
    FCNRegressor : A number instead of classes.
    FCNMultiTask : Magnitudes and their classes by one network.
    megathrust.training.fit_stack : Members with their own rows and hyperparameters in one stack.

    Notes
    -----
    Rows along a trench are no independent samples. `sklearn.model_selection.cross_val_score` with its default
    folds measures little more than autocorrelation here: give it the folds of a splitter of
    `megathrust.splits`.

    Of scikit-learn's own checks all hold but ``check_sample_weight_equivalence_on_dense_data``: a weight is a
    factor in the loss. A row of weight 0 is as good as absent, but a row of weight 2 differs from two rows:
    it comes once in the scaling of the inputs and in one batch, with one dropout mask.

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
            Labels.
        sample_weight : array_like, shape (rows,), optional
            Weight of every row in the loss, >= 0; a row of weight 0 is left out altogether.
        blocks : array_like, shape (rows,), optional
            Label of the block of every row, such as its region or rupture. Network k then trains without
            block k, in sorted order and counting round, and keeps the parameters of the epoch with the least
            loss there.

        Returns
        -------
        FCNClassifier
            The estimator itself.
        """
        features, labels = validate_data(self, X, y, ensure_min_samples=2, **FEATURES)
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        heads = Heads(len(self.classes_), self.ordinal)
        return self._train(features, Targets(codes), heads, sample_weight, blocks)

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
        return self._class_probabilities(X)

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

"""A stack of K fully connected networks held in tensors with a leading member axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import ndtri
from torch import Tensor, nn

from megathrust.core import FloatArray, InputError, IntArray, check_same_length
from megathrust.models._architecture import FCNArchitecture
from megathrust.models._encodings import Encoding, PeriodicEncoding, PiecewiseLinearEncoding, make_encoding
from megathrust.models._heads import MagnitudeScale, OrderedThresholds
from megathrust.models._layers import (
    Activation,
    Dropout,
    FeatureSubset,
    StackedBatchNorm,
    StackedLinear,
    Standardization,
)
from megathrust.models._sharing import SharedLinear
from megathrust.models._streams import stream


class FCNStack(nn.Module):
    """K networks of one architecture, each with its own parameters, input scaling and random streams.

    Everything is done for all members at once; K = 1 is no special case.

    Parameters
    ----------
    architecture : FCNArchitecture
        Shape of every member.
    shift, scale : array_like, shape (members, features)
        Mean and standard deviation that standardise each member's inputs; fitted on its training rows.
    fill : array_like, shape (members, features), optional
        What a missing value counts as; by default it makes every output NaN.
    power : array_like, shape (members, features), optional
        Power of the transform of Yeo & Johnson (2000) ahead of shift and scale; 1 by default, which is none.

    Attributes
    ----------
    layers : ModuleList
        The explicit layer list, input first: standardisation, subset of features, encoding, then linear,
        batch norm, activation, dropout, and the thresholds of ordinal classes last.
    magnitude_scale : MagnitudeScale or None
        Between Mw and the outputs of the magnitude.

    Examples
    --------
    >>> from megathrust.models import load_model
    >>> stack = load_model("great-chunks").stack
    >>> stack
    FCNStack(50 networks: 83 features, 64 x 64, 2 outputs)
    >>> stack.select([0, 3]).members
    2
    """

    def __init__(
        self,
        architecture: FCNArchitecture,
        shift: FloatArray,
        scale: FloatArray,
        fill: FloatArray | None = None,
        power: FloatArray | None = None,
    ) -> None:
        super().__init__()
        check_same_length(shift=shift, scale=scale)
        if shift.shape[1:] != (architecture.n_features,):
            raise InputError(
                "the input scaling does not fit the network",
                given=f"shape {shift.shape}",
                allowed=f"(members, {architecture.n_features})",
            )
        if len(shift) % architecture.shared_by:
            raise InputError(
                "the members of a stack do not fill whole groups that share weights",
                given=f"{len(shift)} members, shared by {architecture.shared_by}",
                allowed=f"a multiple of {architecture.shared_by} members",
            )
        self.architecture = architecture
        given = (None if values is None else torch.tensor(values).float() for values in (fill, power))
        scaling = Standardization(torch.tensor(shift).float(), torch.tensor(scale).float(), *given)
        self.layers = nn.ModuleList([scaling])
        members = len(shift)
        if architecture.features_seen is not None:
            self.layers.append(FeatureSubset(members, architecture.features_seen))
        encoding = make_encoding(architecture, members)
        if encoding is not None:
            self.layers.append(encoding)
        for n_inputs, n_outputs in pairwise((architecture.n_encoded, *architecture.hidden)):
            if architecture.batch_norm == "before":
                self.layers.append(StackedBatchNorm(members, n_inputs))
            biased = architecture.batch_norm != "after"
            self.layers.append(_hidden_linear(architecture, members, n_inputs, n_outputs, biased=biased))
            if architecture.batch_norm == "after":
                self.layers.append(StackedBatchNorm(members, n_outputs))
            self.layers.append(Activation(architecture.activation))
            self.layers.append(Dropout())
        heads = architecture.heads
        scores = heads.magnitude_outputs + (1 if heads.ordinal else heads.class_outputs)
        self.layers.append(StackedLinear(members, architecture.hidden[-1], scores))
        if heads.ordinal:
            self.layers.append(OrderedThresholds(members, heads.classes, heads.magnitude_outputs))
        self.magnitude_scale = MagnitudeScale(members, heads) if heads.magnitude_outputs else None
        self._fixed = [any(True for _ in layer.parameters()) for layer in self.layers].index(True)

    def __repr__(self) -> str:
        shape = self.architecture
        widths = " x ".join(str(width) for width in shape.hidden)
        layers = f"{shape.n_features} features, {widths}, {shape.n_outputs} outputs"
        return f"FCNStack({self.members} networks: {layers})"

    @property
    def scaling(self) -> Standardization:
        """The first layer."""
        return cast(Standardization, self.layers[0])

    @property
    def encoding(self) -> Encoding | None:
        """The layer ahead of the first linear layer that turns a feature into several units, if any."""
        layer = self.layers[1 if self.subset is None else 2]
        return layer if isinstance(layer, PiecewiseLinearEncoding | PeriodicEncoding) else None

    @property
    def subset(self) -> FeatureSubset | None:
        """The layer that hands on some features only, if there is one."""
        second = self.layers[1]
        return second if isinstance(second, FeatureSubset) else None

    @property
    def members(self) -> int:
        """How many networks the stack holds."""
        return int(self.scaling.shift.shape[0])

    def draw(self, seeds: Sequence[int]) -> None:
        """Draw the initial parameters of every member from its own seed.

        What members share, and the frequencies that a shared matrix reads, come from the seed of the first
        of them; their first input scale sets them apart.
        """
        check_same_length(seeds=seeds, members=range(self.members))
        shared = [layer for layer in self.layers if isinstance(layer, SharedLinear)]
        for member, seed in enumerate(seeds):
            generator = stream(seed, "initial parameters")
            first = seeds[member - member % self.architecture.shared_by]
            for layer in self.layers:
                if isinstance(layer, StackedLinear | SharedLinear):
                    layer.draw(member, generator)
                elif isinstance(layer, PeriodicEncoding):
                    layer.draw(member, stream(first, "frequencies"))
            for layer in shared[:1]:
                layer.vary(member, stream(seed, "input scale"), self.architecture.n_seen)

    def forward(
        self, x: Tensor, *, present: Tensor | None = None, masks: Sequence[Tensor] | None = None
    ) -> Tensor:
        """Return the outputs of every member for raw (not standardised) features.

        Parameters
        ----------
        x : Tensor, shape (rows, features) or (members, rows, features)
            Feature values in the units of the training table.
        present : Tensor, shape (members, rows), optional
            Which rows are real; only batch norm while training looks at it.
        masks : sequence of Tensor, optional
            One dropout mask per hidden layer, (members, rows, units); none switches dropout off.

        Returns
        -------
        Tensor, shape (members, rows, outputs)
        """
        return self.from_inputs(self.inputs(x), present=present, masks=masks)

    def inputs(self, x: Tensor) -> Tensor:
        """Return what the first trained layer takes of raw features, (members, rows, units).

        Scaling, the subset of features and bins stay as they are while a stack is trained.
        """
        if x.dim() == 2:
            x = x.expand(self.members, *x.shape)
        for layer in self.layers[: self._fixed]:
            x = layer(x)
        return x

    def from_inputs(
        self, x: Tensor, *, present: Tensor | None = None, masks: Sequence[Tensor] | None = None
    ) -> Tensor:
        """Return the outputs for what `inputs` gave; the rest is as in `forward`."""
        waiting = iter(masks or ())
        for layer in self.layers[self._fixed :]:
            if isinstance(layer, StackedBatchNorm):
                x = layer(x, present)
            elif isinstance(layer, Dropout):
                x = layer(x, next(waiting, None))
            else:
                x = layer(x)
        return x

    @torch.no_grad()
    def outputs(self, features: FloatArray) -> FloatArray:
        """Return the raw outputs, shape (members, rows, outputs), dropout off.

        Parameters
        ----------
        features : ndarray, shape (rows, features) or (members, rows, features)
            Feature values in the units of the training table.
        """
        return np.asarray(self._outputs(features).numpy(), dtype=np.float64)

    @torch.no_grad()
    def probabilities(self, features: FloatArray) -> FloatArray:
        """Return class probabilities, shape (members, rows, classes), dropout off.

        Raises
        ------
        InputError
            If the stack has no classes.
        """
        heads = self.architecture.heads
        if not heads.classes:
            raise InputError("the stack predicts no classes", action="ask it for magnitudes")
        result = torch.exp(heads.class_log_probabilities(self._outputs(features)))
        return np.asarray(result.numpy(), dtype=np.float64)

    @torch.no_grad()
    def log_probabilities(self, features: FloatArray) -> FloatArray:
        """Return natural logarithms of `probabilities`, finite where those round to 0."""
        heads = self.architecture.heads
        if not heads.classes:
            raise InputError("the stack predicts no classes", action="ask it for magnitudes")
        result = heads.class_log_probabilities(self._outputs(features).double())
        return np.asarray(result.numpy(), dtype=np.float64)

    @torch.no_grad()
    def tempered(self, temperatures: npt.ArrayLike) -> FCNStack:
        """Return a new stack whose logits of classes are divided by the temperature of their member.

        Above 1 probabilities become less sure, below 1 surer; magnitudes stay as they are (Guo et al. 2017,
        arXiv:1706.04599).

        Raises
        ------
        InputError
            If the stack has no classes, or there is not one temperature above 0 for each member.
        """
        heads, given = self.architecture.heads, np.asarray(temperatures, dtype=np.float64)
        if not heads.classes:
            raise InputError("the stack predicts no classes", action="leave its magnitudes as they are")
        if given.shape != (self.members,) or not np.isfinite(given).all() or (given <= 0.0).any():
            raise InputError(
                "the temperatures do not fit the stack",
                given=f"shape {given.shape}",
                allowed=f"{self.members} finite numbers above 0",
            )
        cooler, factor = self.select(range(self.members)), torch.tensor(1.0 / given).to(self.scaling.shift)
        head = next(layer for layer in reversed(cooler.layers) if isinstance(layer, StackedLinear))
        scores = 1 if heads.ordinal else heads.class_outputs
        head.weight[:, :, :scores] *= factor[:, None, None]
        head.bias[:, :scores] *= factor[:, None]
        last = cooler.layers[-1]
        if isinstance(last, OrderedThresholds):
            last.first.mul_(factor[:, None])
            last.log_steps.add_(torch.log(factor)[:, None])
        return cooler

    def magnitudes(self, features: FloatArray) -> FloatArray:
        """Return the predicted Mw, shape (members, rows); of quantiles the median.

        Raises
        ------
        InputError
            If the stack predicts no magnitude.
        """
        heads = self.architecture.heads
        if heads.gives_quantiles:
            return heads.median(self.quantiles(features))
        if self.magnitude_scale is None:
            raise InputError("the stack predicts no magnitude", action="ask it for probabilities")
        return self.magnitude_scale.magnitudes(self.outputs(features)[..., -1])

    def quantiles(self, features: FloatArray) -> FloatArray:
        """Return quantiles of Mw at the levels of the heads, shape (members, rows, levels).

        Quantiles that cross are put in order (Chernozhukov et al. 2010, doi:10.3982/ECTA7880).

        Raises
        ------
        InputError
            If the stack was fitted with neither the quantile loss nor the censored likelihood.
        """
        heads = self.architecture.heads
        if self.magnitude_scale is None or not heads.gives_quantiles:
            raise InputError(
                "the stack predicts no quantiles", given=heads.magnitude, allowed="quantile, censored"
            )
        outputs = self.outputs(features)[..., heads.class_outputs :]
        if heads.magnitude == "censored":
            centre, spread = (each.numpy()[..., None] for each in heads.law(torch.from_numpy(outputs)))
            outputs = centre + spread * ndtri(np.asarray(heads.quantiles))
        return np.sort(self.magnitude_scale.magnitudes(outputs), axis=-1)

    def _outputs(self, features: FloatArray) -> Tensor:
        if np.isinf(features).any():
            raise InputError(
                "a feature is infinite",
                given=f"{int(np.isinf(features).sum())} of {np.size(features)} numbers",
                allowed="finite numbers, NaN where a value is missing",
            )
        was_training = self.training
        self.eval()
        result = self(torch.tensor(features).to(self.scaling.shift)).cpu()
        self.train(was_training)
        return cast(Tensor, result)

    @classmethod
    def from_arrays(
        cls, architecture: FCNArchitecture, arrays: Mapping[str, npt.NDArray[np.generic]]
    ) -> FCNStack:
        """Return the stack whose parameters and buffers are the given arrays, named as in ``state_dict``.

        Raises
        ------
        InputError
            If they are those of another architecture.
        """
        empty = np.zeros((len(arrays["layers.0.shift"]), architecture.n_features))
        stack = cls(architecture, empty, empty)
        try:
            stack.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
        except RuntimeError as error:
            raise InputError("the parameters are not those of this architecture", given=str(error)) from error
        return stack.eval()

    @classmethod
    def join(cls, stacks: Sequence[FCNStack]) -> FCNStack:
        """Return one stack of the members of several stacks of equal architecture, in order.

        Raises
        ------
        InputError
            If the architectures differ.
        """
        if len({stack.architecture for stack in stacks}) != 1:
            raise InputError("only stacks of one architecture can be joined", given=f"{len(stacks)} stacks")
        states = [stack.state_dict() for stack in stacks]
        empty = np.zeros((sum(stack.members for stack in stacks), stacks[0].architecture.n_features))
        joined = cls(stacks[0].architecture, empty, empty)
        joined.load_state_dict({name: torch.cat([state[name] for state in states]) for name in states[0]})
        return joined.eval()

    def select(self, members: Sequence[int]) -> FCNStack:
        """Return a new stack of some of the members, in the given order.

        Whole groups of members that share weights go on sharing them; any other choice gives every chosen
        member its own, as `unshared` does.
        """
        count = self.architecture.shared_by
        rows = np.asarray(list(members), dtype=np.int64)
        first = rows[::count]
        whole = (first[:, None] + np.arange(count)).reshape(-1)
        if (first % count).any() or not np.array_equal(rows, whole):
            return self.unshared(members)
        return self._chosen(self.architecture, rows, {})

    def unshared(self, members: Sequence[int] | None = None) -> FCNStack:
        """Return some members, or all, as a new stack of the same functions that shares no weights."""
        rows = np.arange(self.members) if members is None else np.asarray(list(members), dtype=np.int64)
        own = {}
        for number, layer in enumerate(self.layers):
            if isinstance(layer, SharedLinear):
                own[f"layers.{number}.weight"], own[f"layers.{number}.bias"] = layer.affine(rows)
        return self._chosen(replace(self.architecture, shared_by=1), rows, own)

    def _chosen(self, architecture: FCNArchitecture, rows: IntArray, own: Mapping[str, Tensor]) -> FCNStack:
        """Return a new stack of some of the members, a part of whose tensors is given."""
        empty = np.zeros((len(rows), architecture.n_features))
        chosen = FCNStack(architecture, empty, empty).to(self.scaling.shift.dtype)
        ours, state = self.state_dict(), dict(own)
        for name in chosen.state_dict().keys() - own.keys():
            # What members share has fewer slices than there are members.
            share = self.members // len(ours[name])
            state[name] = ours[name][rows[::share] // share]
        chosen.load_state_dict(state)
        return chosen.eval()


def _hidden_linear(
    architecture: FCNArchitecture, members: int, n_inputs: int, n_outputs: int, *, biased: bool
) -> StackedLinear | SharedLinear:
    if architecture.shared_by == 1:
        return StackedLinear(members, n_inputs, n_outputs, biased=biased)
    return SharedLinear(members, n_inputs, n_outputs, shared_by=architecture.shared_by, biased=biased)

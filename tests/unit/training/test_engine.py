"""Early stopping, members that fail, checkpoints that survive a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from megathrust.core import InputError, ModelError
from megathrust.models import FCNArchitecture, Heads
from megathrust.splits import ChunkSplitter, InnerSplitter
from megathrust.testing import synthetic_table
from megathrust.training import Member, Targets, TrainingOptions, fit_classifier, fit_stack

TABLE = synthetic_table(regions={"alu": 40, "kur": 35})
FEATURES, CLASSES = TABLE.features(), TABLE.classes([8.0])
MAGNITUDES = TABLE.frame["MW"].to_numpy(dtype=np.float64)
HEADS = Heads(2, magnitude="quantile")
ARCHITECTURE = FCNArchitecture(
    6, 5, (9, 7), "relu", "after", encoding="piecewise_linear", encoding_units=4, heads=HEADS
)


def validated(**changes):
    """Return a member per inner fold of a fold, unequal in size, and so in steps, and in rates."""
    fold = ChunkSplitter().split(TABLE)[1]
    return [
        Member(inner.train, 20 + k, 1e-2 * (k + 1), 0.01, 0.2, validation=inner.test, **changes)
        for k, inner in enumerate(InnerSplitter(blocks=3).split(TABLE, fold))
    ]


def fit(members, epochs=12, patience=None, **changes):
    options = TrainingOptions(epochs, 8, patience=patience, task_weights="learned")
    return fit_stack(FEATURES, Targets(CLASSES, MAGNITUDES), members, ARCHITECTURE, options, **changes)


def test_the_best_epoch_is_kept():
    done = fit_classifier(
        FEATURES,
        CLASSES,
        validated(),
        FCNArchitecture(6, 2, (9,)),
        TrainingOptions(30, 8, schedule="constant"),
    )
    assert np.array_equal(done.best_epochs, done.validation_losses.argmin(0))
    assert done.stopped == ("", "", "")
    assert done.best_epochs.min() < 29
    for k, member in enumerate(validated()):
        probabilities = done.stack.select([k]).probabilities(FEATURES[member.validation])[0]
        loss = -np.log(probabilities[np.arange(len(member.validation)), CLASSES[member.validation]]).mean()
        assert loss == pytest.approx(done.validation_losses[done.best_epochs[k], k], rel=1e-5)
        # A training that is cut off after the best epoch ends with the same parameters.
        short = fit_classifier(
            FEATURES,
            CLASSES,
            [replace(member, validation=None)],
            FCNArchitecture(6, 2, (9,)),
            TrainingOptions(int(done.best_epochs[k]) + 1, 8, schedule="constant"),
        ).stack.probabilities(FEATURES[member.validation])[0]
        np.testing.assert_allclose(probabilities, short, atol=2e-6)


def test_early_stopping_does_not_depend_on_who_else_is_there():
    together = fit(validated(), epochs=30, patience=3)
    assert sum(bool(reason) for reason in together.stopped) >= 2
    for k, member in enumerate(validated()):
        alone = fit([member], epochs=30, patience=3)
        assert alone.stopped[0] == together.stopped[k]
        assert alone.best_epochs[0] == together.best_epochs[k]
        np.testing.assert_allclose(
            alone.stack.outputs(FEATURES), together.stack.select([k]).outputs(FEATURES), atol=5e-4
        )
        ran = np.isfinite(together.losses[:, k])
        if together.stopped[k]:
            assert ran.sum() == together.best_epochs[k] + 1 + 3
        assert np.array_equal(ran, np.isfinite(together.validation_losses[:, k]))


def test_only_training_and_validation_rows_matter():
    fold = ChunkSplitter().split(TABLE)[1]
    other, labels, magnitudes = FEATURES.copy(), CLASSES.copy(), MAGNITUDES.copy()
    other[fold.test] += 100.0
    labels[fold.test] = 1 - labels[fold.test]
    magnitudes[fold.test] += 1.0
    options = TrainingOptions(5, 8, patience=2)
    one, two = (
        fit_stack(x, targets, validated(), ARCHITECTURE, options).stack.state_dict()
        for x, targets in ((FEATURES, Targets(CLASSES, MAGNITUDES)), (other, Targets(labels, magnitudes)))
    )
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize("validate", [False, True])
def test_a_member_that_fails_stops_alone(validate):
    good = validated() if validate else [replace(m, validation=None) for m in validated()]
    wild = replace(good[1], learning_rate=1e30, seed=99)
    done = fit([good[0], wild, good[2]], epochs=6)
    assert "became nan in epoch" in done.stopped[1] or "became inf in epoch" in done.stopped[1]
    assert done.stopped[0] == done.stopped[2] == ""
    healthy = fit([good[0], good[2]], epochs=6).stack
    np.testing.assert_allclose(
        done.stack.select([0, 2]).outputs(FEATURES), healthy.outputs(FEATURES), atol=5e-5
    )
    if not validate:
        assert np.isnan(done.stack.select([1]).outputs(FEATURES)).all()
        assert done.best_epochs[1] == -1


@pytest.mark.parametrize("stop_at", [1, 7, 13, 30])
@pytest.mark.parametrize("balanced", [False, True])
def test_resumed_training_equals_the_uninterrupted_one_bit_for_bit(tmp_path, stop_at, balanced):
    path = tmp_path / "training.safetensors"
    options = TrainingOptions(
        8, 8, patience=4, task_weights="learned", sampling="balanced" if balanced else "shuffled"
    )

    def train(**changes):
        targets = Targets(CLASSES, MAGNITUDES)
        return fit_stack(FEATURES, targets, validated(), ARCHITECTURE, options, **changes)

    def interrupt(done, total):
        if done == stop_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(checkpoint=path, checkpoint_every=3, progress=interrupt)
    assert path.exists() == (stop_at >= 3)
    told = []
    resumed = train(checkpoint=path, checkpoint_every=3, progress=lambda *a: told.append(a[0]))
    assert told[0] == stop_at // 3 * 3 + 1
    whole = train()
    again = train(checkpoint=path)
    for other in (resumed, again):
        state, expected = other.stack.state_dict(), whole.stack.state_dict()
        assert all(torch.equal(state[name], expected[name]) for name in expected)
        np.testing.assert_array_equal(other.losses, whole.losses)
        np.testing.assert_array_equal(other.validation_losses, whole.validation_losses)
        assert other.stopped == whole.stopped


KILLED = """
import os, signal, sys
sys.path.insert(0, {tests!r})
from test_engine import fit, validated
fit(validated(), checkpoint={path!r}, checkpoint_every=2,
    progress=lambda done, total: os.kill(os.getpid(), signal.SIGKILL) if done == 11 else None)
"""


def test_a_killed_training_goes_on(tmp_path):
    path = str(tmp_path / "training.safetensors")
    code = KILLED.format(tests=str(Path(__file__).parent), path=path)
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert [p.name for p in tmp_path.iterdir()] == ["training.safetensors"]
    resumed, whole = fit(validated(), checkpoint=path), fit(validated())
    state, expected = resumed.stack.state_dict(), whole.stack.state_dict()
    assert all(torch.equal(state[name], expected[name]) for name in expected)


def test_checkpoints_of_something_else_are_refused(tmp_path):
    path = tmp_path / "training.safetensors"
    fit(validated(), epochs=1, checkpoint=path)
    for members, epochs in ((validated(world=1), 1), (validated()[:2], 1), (validated(), 2)):
        with pytest.raises(ModelError, match="belongs to another training"):
            fit(members, epochs=epochs, checkpoint=path)
    path.write_bytes(b"no checkpoint")
    with pytest.raises(ModelError, match="no checkpoint of a training"):
        fit(validated(), epochs=1, checkpoint=path)


def test_bad_validation_is_refused():
    with pytest.raises(InputError, match="validates on rows that it trains on"):
        Member(np.arange(10), 0, validation=np.arange(9, 12))
    with pytest.raises(InputError, match="patience needs a validation set"):
        fit([Member(np.arange(10), 0)], patience=2)
    with pytest.raises(InputError, match="validates on a row that is not there"):
        fit([Member(np.arange(10), 0, validation=np.array([80]))])

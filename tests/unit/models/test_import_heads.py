"""Imported networks keep their own scaling and their own head, or say that it was assumed."""

import numpy as np
import pytest
import torch
from scipy.special import expit
from sklearn.preprocessing import PowerTransformer
from torch import nn

from megathrust.core import InputError
from megathrust.explanation import AttributionOptions, ExplainedStack, make_background, relative_lrp
from megathrust.models import Heads, import_networks, load_model, model_card, save_model
from megathrust.models._layers import yeo_johnson

NAMES = [f"f{i}" for i in range(4)]


def network(outputs=2, *closing):
    torch.manual_seed(outputs)
    return nn.Sequential(
        nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, outputs), *closing
    ).double()


def skewed(rows=200):
    random = np.random.default_rng(0)
    x = random.normal(size=(rows, 4))
    x[:, 0], x[:, 1] = np.exp(x[:, 0]), -np.exp(x[:, 1])
    return x


def imported(given, **changes):
    options = {"feature_names": NAMES, "mean": 0.0, "std": 1.0, "thresholds": [8.0]} | changes
    return import_networks([given], **options)


def test_networks_on_transformed_values_say_what_they_said_where_they_were_trained(tmp_path):
    x, plain = skewed(), network()
    scaler = PowerTransformer().fit(x)
    model = imported(
        plain, mean=scaler._scaler.mean_, std=scaler._scaler.scale_, power=scaler.lambdas_, head="softmax"
    )
    assert np.abs(scaler.lambdas_ - 1.0).max() > 0.5
    theirs = plain(torch.tensor(scaler.transform(x))).softmax(1).detach().numpy()
    np.testing.assert_allclose(model.stack.probabilities(x)[0], theirs, atol=1e-5)
    save_model(model, tmp_path / "model")
    again = load_model(tmp_path / "model")
    np.testing.assert_array_equal(again.stack.outputs(x), model.stack.outputs(x))
    np.testing.assert_array_equal(model.stack.select([0, 0]).outputs(x)[1], model.stack.outputs(x)[0])
    assert "Features scaled by Yeo-Johnson, then mean and spread" in model_card(model)
    without = imported(plain, mean=scaler._scaler.mean_, std=scaler._scaler.scale_)
    assert np.abs(without.stack.probabilities(x) - model.stack.probabilities(x)).max() > 0.05
    odds = np.log(theirs[:, 1] / theirs[:, 0])
    for precision, tolerance in (("float64", 1e-4), ("float32", 1e-3)):
        explained = ExplainedStack(model.stack, precision=precision)
        np.testing.assert_allclose(explained.values(x)[0, 0], odds, atol=tolerance)
    found = relative_lrp(ExplainedStack(model.stack), x[:20], make_background(x), AttributionOptions())
    np.testing.assert_allclose(found.features.sum(-1) + found.bias, found.delta, atol=1e-9)


@pytest.mark.parametrize("power", [-1.0, 0.0, 0.5, 1.0, 2.0, 3.0])
def test_the_transform_is_that_of_scikit_learn_and_has_a_gradient_everywhere(power):
    values = np.array([-3.0, -0.5, -1e-9, 0.0, 1e-9, 0.5, 3.0])
    known = PowerTransformer(standardize=False).fit(values[:, None])
    known.lambdas_ = np.array([power])
    x = torch.tensor(values, requires_grad=True)
    ours = yeo_johnson(x, torch.tensor(power, dtype=torch.float64))
    np.testing.assert_allclose(ours.detach(), known.transform(values[:, None])[:, 0], rtol=1e-9, atol=1e-15)
    (slope,) = torch.autograd.grad(ours.sum(), x)
    expected = np.where(
        values >= 0.0, (1.0 + np.abs(values)) ** (power - 1.0), (1.0 + np.abs(values)) ** (1.0 - power)
    )
    np.testing.assert_allclose(slope, expected, rtol=1e-9)


@pytest.mark.parametrize("outputs", [2, 3])
def test_sigmoids_of_their_own_are_told_from_softmax(outputs, tmp_path):
    x, thresholds = skewed(), [8.0, 8.5][: outputs - 1]
    plain = network(outputs)
    logits = plain(torch.tensor(x)).detach().numpy()
    said = imported(plain, thresholds=thresholds, head="sigmoid")
    closing = imported(network(outputs, nn.Sigmoid()), thresholds=thresholds)
    assumed = imported(plain, thresholds=thresholds)
    chances = expit(logits) / expit(logits).sum(1, keepdims=True)
    for model in (said, closing):
        assert model.stack.architecture.heads == Heads(outputs, sigmoid=True)
        np.testing.assert_allclose(model.stack.probabilities(x)[0], chances, atol=1e-6)
        assert "sigmoids of their own, one per class, over their sum." in model_card(model)
    assert np.abs(assumed.stack.probabilities(x)[0] - chances).max() > 0.01
    assert "probabilities by softmax (assumed: neither their layers" in model_card(assumed)
    np.testing.assert_array_equal(assumed.stack.probabilities(x)[0].argmax(1), chances.argmax(1))
    save_model(said, tmp_path / "model")
    assert load_model(tmp_path / "model").stack.architecture.heads.sigmoid


@pytest.mark.parametrize(
    ("given", "changes", "sentence"),
    [
        ([network(2, nn.Softmax(1))], {"head": "sigmoid"}, "ends in another head than was said"),
        ([network(2, nn.Sigmoid())], {"head": "softmax"}, "ends in another head than was said"),
        ([network(2, nn.Sigmoid()), network(2)], {}, "network 1 has another head than network 0"),
        ([network(1)], {"head": "softmax"}, "softmax of one output"),
        ([network(2)], {"head": "probit"}, "unknown head|head is"),
        ([network(2)], {"power": np.nan}, "the power of a feature is not finite"),
        ([network(2)], {"power": np.ones(3)}, "the power does not fit the networks"),
    ],
)
def test_what_contradicts_itself_is_refused(given, changes, sentence):
    options = {"feature_names": NAMES, "mean": 0.0, "std": 1.0, "thresholds": [8.0]} | changes
    with pytest.raises(InputError, match=sentence):
        import_networks(given, **options)


def test_sigmoids_need_classes_without_order():
    for wrong in ({"classes": 1}, {"classes": 3, "ordinal": True}):
        with pytest.raises(InputError, match="sigmoids of their own need two classes"):
            Heads(**wrong, sigmoid=True)

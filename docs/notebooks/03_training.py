# %% [markdown]
# # Training, cross-validation and search
#
# The networks of this package come in stacks: folds, seeds and configurations are trained at once. This notebook trains one,
# looks at its curves, shows what random cross-validation measures along a trench (nothing but neighbours), and
# searches for a better network without touching the test segments. Everything is done on a synthetic table whose magnitudes are
# the sum of two of its six features, so that there is something to find.

# %%
# %matplotlib inline
import tempfile

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, cross_val_score

import megathrust as mt
from megathrust import plots
from megathrust.pipelines.search import load_search_config
from megathrust.splits import InnerSplitter
from megathrust.testing import synthetic_table

table = synthetic_table(seed=1, regions={"alu": 60, "kur": 50, "sam": 90})
X, y = table.features(), table.classes([8.0])
print(table)

# %% [markdown]
# ## Folds along the trench
#
# Each trench is cut into five chunks; scenario k tests chunk k of every trench. Training segments within the exclusion distance of
# a tested one are left out.

# %% caption="Which segments are tested, trained on, or left out within the exclusion distance, scenario by scenario."
folds = mt.ChunkSplitter(exclusion_km=100.0).split(table)
figure, ax = plt.subplots(figsize=(7.0, 2.6), dpi=90, layout="constrained")
for k, fold in enumerate(folds):
    for rows, colour in ((fold.train, "#9CC9E3"), (fold.test, "#D55E00")):
        ax.scatter(rows, np.full(len(rows), k), marker="s", s=7, color=colour, linewidth=0)
ends = np.flatnonzero(np.diff(pd.factorize(table["region"])[0])) + 0.5
for end in ends:
    ax.axvline(end, color="black", linewidth=0.8)
ax.set(xlabel="row of the table (lines: next trench)", ylabel="scenario", yticks=range(5))
ax.set_title("blue: trained on, red: tested, white: too near", fontsize=9, loc="left")
plt.show()

# %% [markdown]
# ## A stack
#
# A member is one network: its rows, its seed, its own learning rate and so on. Here are three per fold, all trained together, each with
# validation rows that are a whole block of its training rows.

# %% caption="Training and validation loss of fifteen networks, median and band."
members = []
for k, fold in enumerate(folds):
    inner = InnerSplitter(blocks=5, exclusion_km=100.0).split(table, fold)
    for number in range(3):
        block = inner[number]
        members.append(
            mt.Member(
                block.train, seed=10 * k + number, learning_rate=1e-2, dropout=0.1, validation=block.test
            )
        )
architecture = mt.FCNArchitecture(n_features=X.shape[1], n_outputs=2, hidden=(32, 32))
fit = mt.fit_classifier(X, y, members, architecture, mt.TrainingOptions(epochs=60, batch_size=16))
epochs = np.arange(1, 61)
curves = {
    "training": plots.training_curve_info(epochs, fit.losses.T),
    "validation": plots.training_curve_info(epochs, fit.validation_losses.T),
}
print(fit.stack, "| epoch kept:", np.sort(fit.best_epochs).tolist())
plots.plot_training_curves(curves, label="cross entropy", step_label="epoch")

# %% [markdown]
# Each member keeps the parameters of its best validated epoch.
#
# ## What random cross-validation measures
#
# The scikit-learn estimators take any folds. Here the features are noise: autocorrelated along the trench, as real ones
# are, but unrelated to the magnitudes.

# %%
noise = synthetic_table(seed=7, regions={"alu": 60, "kur": 50, "sam": 90})
smooth = pd.DataFrame(noise.features()).rolling(5, center=True, min_periods=1).mean().to_numpy()
blocks = pd.Series(y).groupby([table["region"], np.arange(len(y)) // 8]).transform("mean").round().astype(int)
network = mt.FCNClassifier(hidden=(32,), n_members=3, learning_rate=1e-2, epochs=60, random_state=0)
ways = {
    "random folds": KFold(5, shuffle=True, random_state=0),
    "chunks, 100 km": [(fold.train, fold.test) for fold in folds],
}
for name, folds_of_way in ways.items():
    scores = cross_val_score(network, smooth, blocks, cv=folds_of_way, scoring="balanced_accuracy")
    print(f"{name:<16} balanced accuracy {scores.mean():.2f}   (0.50 is a coin)")

# %% [markdown]
# Random folds find skill in noise, because the neighbours of a tested segment are trained on. Chunks do not.
#
# ## A search
#
# `megathrust search` tries configurations on inner folds of the training rows alone, refits the best ones and scores them once on
# the outer test segments. Here are 8 trials instead of 40.

# %%
config = load_search_config(
    "quick",
    search={
        "budget": 8,
        "inner_blocks": 3,
        "inner_members": 2,
        "refit_members": 4,
        "refit_trials": 2,
        "space": {"epochs": [20, 40], "width": [16, 32], "features_seen": [None, 3]},
    },
    bootstrap_replicates=200,
)
found = mt.search(table, config, f"{tempfile.mkdtemp()}/found")
for line in found.summary():
    print(line)

# %% [markdown]
# Inner scores were maximised, so they flatter; the outer ones may be quoted. The figure shows both:

# %% caption="Inner score of the chosen trial against the outer score of the networks, scenario by scenario, with rivals."
nested = found.nested().rename(columns={found.inner_column: "inner_score"})
info = plots.inner_outer_info(nested, model="FCN", rivals=found.rivals)
plots.plot_inner_outer(info, model="FCN", score="macro-F1")

# %% [markdown]
# [Training](../training.md) lists what networks can be made of, [search](../search.md) which figures of a search may be quoted.

# %% [markdown]
# # Evaluation and verdict
#
# A run trains networks on held-out chunks of every trench, scores them beside rivals that need no network, and trains
# networks again in surrogate worlds that keep autocorrelation and take the relation away. Here are two small runs: in a
# synthetic world where two features decide the magnitude, and on four regions of the built-in table. Both are small so that
# the notebook takes a minute: 5 networks per scenario and 25 surrogate worlds, where a real run has 30 and 500.

# %%
# %matplotlib inline
import tempfile

import pandas as pd

import megathrust as mt
from megathrust.pipelines.experiment import fold_table
from megathrust.pipelines.run import FIGURES
from megathrust.testing import synthetic_table

small = {
    "network": {"members": 5},
    "nulls": {"surrogates": 25, "planted": 10, "per_model": 9, "models": ["FCN"]},
    "claims": {"worlds": 20},
    "explaining": {"encodings": ["none"], "members": 1, "randomised": 0},
    "known_truth": {"worlds": 0},
    "baselines": ["region prior", "nearest segment", "logistic regression"],
    "bootstrap_replicates": 200,
    "figures": {"kinds": []},  # drawn below, one by one
}
no_curve = {"exclusion_km": []}
short_curve = {"exclusion_km": [0, 100, 300], "members": 2, "baselines": ["nearest segment", "region prior"]}
folder = tempfile.mkdtemp()

# %% [markdown]
# ## Where the answer is known
#
# 260 segments whose magnitude is the sum of two of six autocorrelated features, and a little noise. The verdict should pass.

# %%
known = synthetic_table(seed=1, regions={"alu": 80, "kur": 60, "sam": 120}, noise=0.1)
planted = mt.run(known, mt.load_config(**small, curve=no_curve), f"{folder}/planted")
for sentence in planted.judgements[0].verdict.sentences:
    print(sentence)

# %% [markdown]
# With 25 surrogate worlds no p-value can be smaller than 1/26 = .038: that is why real runs have 500.
#
# ## On the built-in table

# %%
table = mt.load_builtin_table()
table = table.select_rows(table["region"].isin(["alu", "cam", "kur", "sam"]), "another region")
run = mt.run(table, mt.load_config(**small, curve=short_curve), f"{folder}/real")
for line in run.summary():
    print(line)

# %% [markdown]
# **The networks do not beat the nearest segment's label**, and a single network does not beat what autocorrelation alone
# gives. That is the result; a map or a ranking of features from these networks describes the networks.
#
# ## Who was held out
#
# Each trench is cut into five chunks. Scenario k tests chunk k of every trench and trains on what lies at least 50 km away.
# The last column says how many of the positive test segments have another part of their *own earthquake* among the training
# rows: that much the label of a neighbour gives away.

# %%
held_out = pd.DataFrame(fold_table(run.experiment)).set_index("scenario").iloc[:, :5]
held_out.columns = ["train", "test", "positive", "ruptures", "own rupture in training"]
held_out.round(2)

# %% [markdown]
# ## Scores
#
# Points are scenarios. Bars are the interval of the mean from a bootstrap over *ruptures*: an earthquake that labels twenty
# segments is one observation. Each null stands below the model that it is made for: surrogate worlds have one network
# per scenario, so they are compared with single networks ("FCN, one member"), not with their mean.

# %% caption="Scores by scenario: networks, rivals, and each null below the model that it is made for."
kinds = ("scores by scenario", "scores by exclusion distance", "confusion", "reliability")
drawings = {drawing.name: drawing for kind in kinds for drawing in FIGURES[kind](run)}
drawings["scores_by_scenario"].draw()

# %% [markdown]
# From 50 km on networks know less with every step away from the training segments; the label of the nearest one holds. With four
# regions the intervals are wide.

# %% caption="Mean macro-F1 of networks and lookups against the exclusion distance."
drawings["scores_by_exclusion_distance"].draw()

# %% [markdown]
# ## Which way it is wrong, and whether probabilities mean what they say

# %% caption="Observed against predicted class, networks and rivals."
drawings["confusion"].draw()

# %% caption="Reliability: observed frequency against predicted probability on held-out segments."
drawings["reliability"].draw()

# %% [markdown]
# [How to read the verdict](../verdict.md) says what each number may be used for, and
# [accuracy](../accuracy.md) has the numbers of full runs.

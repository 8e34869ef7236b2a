# %% [markdown]
# # Relevance: what networks use, and what of it stands
#
# Layer-wise Relevance Propagation (LRP) hands what a network says of a segment back, layer by layer, to its inputs. A ranking made
# of it is a property of networks. This notebook trains networks *to be explained* (all features, two encodings, whole ruptures held
# out), ranks families of features, asks what of the ranking is right on segments that no network saw, and shows how far such
# rankings find a truth that is known. What is attributed, and from where, stands in [the estimand](../explanation.md).

# %%
# %matplotlib inline
import numpy as np
import pandas as pd

import megathrust as mt
from megathrust import plots
from megathrust.explanation import AttributionOptions, feature_clusters
from megathrust.models import Heads
from megathrust.pipelines.relevance import (
    Asked,
    benchmark,
    explain_networks,
    explaining,
    explaining_members,
    families_of,
)
from megathrust.splits import SPLITTERS, SplitOptions
from megathrust.training import Network, Targets, fit_stack

# %% [markdown]
# ## Networks that are trained to be explained
#
# Features of earthquakes leave out the event that gives the label, and so depend on it: they are left out here. Ruptures are held
# out whole, at 100 km at least.

# %%
table = mt.load_builtin_table()
seismic = [name for name in table.feature_names if name.startswith("SEIS_")]
table = mt.complete(table.drop_columns(seismic, "depend on labels"), max_missing_share=0.2)
folds = SPLITTERS["rupture-grouped"](SplitOptions(100.0)).split(table)
features, classes = table.features(), table.classes([8.0])

settings = Network(
    hidden=(64, 64), learning_rate=5e-3, dropout=0.3, batch_size=128, epochs=40, encoding_units=8
)
stacks = {}
for encoding in ("none", "piecewise_linear"):
    network = explaining(settings, encoding)
    members = explaining_members(network, folds, 3, seed=1)
    shape = network.architecture(features.shape[1], Heads(2))
    stacks[encoding] = fit_stack(features, Targets(classes), members, shape, network.options()).stack
print(table)
print(stacks["none"])

# %% [markdown]
# ## Families first
#
# Relevance of each held-out segment is measured from a background of training segments. A family ranks by its *spread*: the root mean
# square over segments. A signed mean would cancel what a feature adds here and takes there.

# %%
columns = [table.columns[name] for name in table.feature_names]
families = tuple(families_of(columns))
asked = Asked(
    table,
    folds,
    True,
    stacks,
    classes,
    ("relative-lrp", "shapley"),
    AttributionOptions(groups=families, exact_groups=1),
)
found = explain_networks(asked)
for sentence in found.sentences:
    print(sentence)

# %% caption="Families by the spread of their relevance; grey where they are not shown to be right on segments never seen."
plots.plot_ranking(plots.ranking_info(found.families, unit="log-odds"), title="Families, built-in table")

# %% [markdown]
# The test behind the grey: does what the networks credit to a family go with the label along held-out stretches of trench, every wave
# counted with a random sign for the null? It is corrected for looking at all families. What is grey is not shown, which is not the
# same as not there: the power of this test is in [the chapter on explanation](../explanation.md).
#
# How far rankings agree over encodings, networks, folds and methods:

# %% caption="Rank correlations of rankings of families."
plots.plot_agreement(plots.AgreementInfo(found.agreement), title="Rank correlation of rankings of families")

# %% [markdown]
# ## Segment by segment
#
# Every point is a held-out segment; its colour is the feature's value.

# %% caption="Relevance of every held-out segment for the strongest features, coloured by the value of the feature."
data = found.dataset
rows = table.frame.reset_index(drop=True).reset_index().set_index(["region", "segment"])["index"]
order = rows.loc[pd.MultiIndex.from_arrays([data["region"].values, data["segment_number"].values])].to_numpy()
mean = data["relevance"].isel({"method": 0, "class": -1}).mean("member").to_numpy()
standing = dict(zip(found.features["feature"], found.features["family_stands"], strict=True))
stands = [bool(standing[name]) for name in table.feature_names]
contrast = plots.contrast_info(mean, features[order], table.feature_names, stands, unit="log-odds", count=10)
plots.plot_contrasts(contrast, title="Relevance by value")

# %% [markdown]
# What moving one feature does while the others stay near what is observed (accumulated local effects), beside what publications expect:

# %% caption="Accumulated local effect of the leading feature of every family, with the published expectation of its sign."
family_stands = dict(zip(found.families["family"], found.families["stands"], strict=True))
units = {name: table.columns[name].unit for name in table.feature_names}
effects = plots.effects_info(found.effects, stands=family_stands, units=units, unit="log-odds")
plots.plot_effects(effects, title="Leading features of all families")

# %% [markdown]
# ## Along a trench

# %% caption="Relevance of the five strongest families along South America; grey families are not shown to stand."
by_family = data["family_relevance"].isel({"method": 0, "class": -1}).mean("member")
strongest = list(found.families["family"][:5])
frame = table.frame.iloc[order][["region", "s_km", "lon", "lat", "MW_1904"]].reset_index(drop=True)
frame = frame.assign(probability=np.nan, observed=frame["MW_1904"])
strip = plots.trench_strip_info(
    frame,
    "sam",
    spread=None,
    magnitude="observed",
    lowest=4.0,
    families=pd.DataFrame(by_family.sel(family=strongest).to_numpy(), columns=strongest),
    standing=[name for name in strongest if family_stands[name]],
)
plots.plot_trench_strips(strip)

# %% caption="Relevance of the strongest family along four trenches, grey where it is not shown to stand."
family = strongest[0]
chosen = frame.assign(relevance=by_family.sel(family=family).to_numpy())
chosen = chosen[chosen["region"].isin(["alu", "kur", "sam", "sum"])]
style = plots.relevance_style(
    float(chosen["relevance"].abs().quantile(0.98)),
    label=f"relevance of {family} (log-odds)",
    stands=family_stands[family],
)
plots.plot_trench_map(plots.trench_map_info(chosen, value="relevance"), style=style)

# %% [markdown]
# ## Features that say the same
#
# Networks may credit to one feature what belongs to another that goes with it. Clusters from the data alone:

# %% caption="Dendrogram of the features by absolute rank correlation."
clusters = feature_clusters(features, list(table.feature_names))
tree = plots.clusters_info(clusters.tree, table.feature_names, families, clusters.labels)
plots.plot_clusters(tree, title="Features that go together")

# %% [markdown]
# ## Where the truth is known
#
# Functions of five features, each of another family, are planted into these very features: how many of them stand among the first five?

# %%
worlds = benchmark(
    table, folds, worlds=1, members=1, candidates=[("relative-lrp", "epsilon")], network=settings
)
for each in (("relative-lrp: epsilon", "both"), ("sparse logistic on ranks", "none")):
    print(worlds.line(*each, half=None))

# %% [markdown]
# Two worlds say little; `megathrust benchmark` asks as many as one likes, and runs print the line under every ranking. The networks that
# *predict* in a run see features that were drawn by what they tell of the label: their relevance is shown apart, as "given that a network
# saw it", with the share of networks that did. None of this is a statement about subduction zones unless a test on held-out segments
# carries it ([limits](../limits.md)).

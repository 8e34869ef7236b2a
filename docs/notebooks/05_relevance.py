# %% [markdown]
# # Relevance: what networks use
#
# Layer-wise Relevance Propagation (LRP) hands the output of a network back, layer by layer, to its inputs. This notebook
# explains held-out segments of the built-in table, checks the bookkeeping to the last digit, draws the heat maps, and then
# shows how far such a ranking can be trusted, with a table whose truth is known and with networks of another encoding.

# %%
# %matplotlib inline
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import megathrust as mt
from megathrust import plots
from megathrust.testing import synthetic_table


def train(table, folds, *, networks, encoding="piecewise_linear"):
    """Return a stack of networks, those of the first fold first."""
    members = [
        mt.Member(fold.train, seed=100 * k + number, learning_rate=1e-2, dropout=0.2, label_smoothing=0.1)
        for k, fold in enumerate(folds)
        for number in range(networks)
    ]
    architecture = mt.FCNArchitecture(
        n_features=len(table.feature_names), n_outputs=2, hidden=(32, 32), encoding=encoding, encoding_units=8
    )
    options = mt.TrainingOptions(epochs=40, batch_size=32, optimizer="adamw")
    return mt.fit_classifier(table.features(), table.classes([8.0]), members, architecture, options).stack


def explain_held_out(table, folds, stack, *, networks):
    """Return relevance (member, class, segment, feature), every segment by networks that never saw it."""
    parts = []
    for k, fold in enumerate(folds):
        own = stack.select(range(k * networks, (k + 1) * networks))
        parts.append(mt.relevance(own, table.features()[fold.test]))
    return parts


# %% [markdown]
# ## Train and explain
#
# Rows that lack a feature are left out, as a run does; the b-value, which most segments lack, is left out as a column.

# %%
table = mt.complete(mt.load_builtin_table(), max_missing_share=0.2)
folds = mt.ChunkSplitter(exclusion_km=50.0).split(table)
stack = train(table, folds, networks=4)
parts = explain_held_out(table, folds, stack, networks=4)
print(table)
print(stack)

# %% [markdown]
# Nothing is lost on the way: relevance of the features and the share of the biases add up to the logit.

# %%
worst = max(np.abs(part.features.sum(-1) + part.bias - part.delta).max() for part in parts)
share = np.mean([np.abs(part.bias).mean() / np.abs(part.delta).mean() for part in parts])
print("bookkeeping exact to 1e-9:", bool(worst < 1e-9))
print(f"mean size of the biases' share over mean size of the logit: {share:.2f}")

# %% [markdown]
# ## Which features
#
# First by family, because features of one family are nearly copies of each other and share their relevance in an arbitrary
# way; then the single features. Hollow points are less than two standard deviations, over networks, away from zero.

# %% caption="Relevance of feature families for both classes, with the spread over networks."
values = np.concatenate([part.features for part in parts], axis=2)
names = ["Mw < 8.0", "Mw ≥ 8.0"]
families = {name: table.columns[name].family or name for name in table.feature_names}
warning = "describes networks, not the Earth"
by_family = plots.relevance_info(values, features=table.feature_names, class_names=names, groups=families)
plots.plot_relevance(by_family, title="Relevance of feature families", watermark=warning)

# %% caption="Relevance of the fifteen strongest features."
by_feature = plots.relevance_info(values, features=table.feature_names, class_names=names)
strongest = plots.strongest_relevance(by_feature, 15)
plots.plot_relevance(strongest, title="Relevance of the 15 strongest features", watermark=warning)

# %% [markdown]
# ## Heat map along a trench
#
# For each segment of South America and each family: how much the family adds to the log-odds of a great earthquake there. The
# strip on top is what was observed.

# %% caption="Heat map of relevance: feature families against the segments of South America, with the observed magnitude."
rows = np.concatenate([fold.test for fold in folds])
by_segment = plots.relevance_by_segment(values, features=table.feature_names, groups=families)
here = table.frame.iloc[rows].reset_index(drop=True)
south = here.index[here["region"] == "sam"][np.argsort(here.loc[here["region"] == "sam", "s_km"])]
strongest = by_segment.std().nlargest(10).index
limit = float(np.nanquantile(by_segment.loc[south, strongest].abs(), 0.98))
figure, (above, ax) = plt.subplots(
    2, sharex=True, figsize=(7.2, 4.0), dpi=90, layout="constrained", height_ratios=(1, 4)
)
s_km, magnitude = here.loc[south, "s_km"].to_numpy(), here.loc[south, "MW_1904"].to_numpy()
above.bar(
    s_km, magnitude - 6.0, width=50.0, bottom=6.0, color=np.where(magnitude >= 8.0, "#B2182B", "#9CC9E3")
)
above.set(ylabel="Mw", ylim=(6.0, 9.8))
colours = plots.relevance_style(limit)
edges = np.append(s_km - 25.0, s_km[-1] + 25.0)
drawn = ax.pcolormesh(
    edges,
    np.arange(len(strongest) + 1),
    by_segment.loc[south, strongest].T,
    cmap=colours.cmap,
    norm=colours.norm,
)
ax.set_yticks(np.arange(len(strongest)) + 0.5, strongest)
ax.invert_yaxis()
ax.set_xlabel("distance along the trench, from north to south (km)")
figure.colorbar(drawn, ax=ax, label="relevance (log-odds)", extend="both")
above.set_title(warning, color="#A32A00", fontsize=9, loc="left")
plt.show()

# %% [markdown]
# The strongest family on the map:

# %% caption="Relevance of the strongest feature family along four trenches."
family = by_segment.std().idxmax()
frame = table.frame.iloc[rows][["region", "s_km", "lon", "lat"]].reset_index(drop=True)
frame["relevance"] = by_segment[family]
chosen = frame[frame["region"].isin(["alu", "kur", "sam", "sum"])]
limit = float(chosen["relevance"].abs().quantile(0.98))
style = plots.relevance_style(limit, label=f"relevance of {family} (log-odds)")
plots.plot_trench_map(plots.trench_map_info(chosen, value="relevance"), style=style, watermark=warning)

# %% [markdown]
# ## How far to trust it
#
# **Where the truth is known.** In the synthetic table F0 and F1 alone decide the magnitude. Networks that have learned it say so:

# %%
known = synthetic_table(seed=1, regions={"alu": 80, "kur": 60, "sam": 120}, noise=0.1)
known_folds = mt.ChunkSplitter(exclusion_km=50.0).split(known)
known_parts = explain_held_out(known, known_folds, train(known, known_folds, networks=4), networks=4)
sizes = np.mean([np.abs(part.features[:, 1]).mean(axis=(0, 1)) for part in known_parts], axis=0)
pd.Series(sizes, known.feature_names, name="mean |relevance|").round(2).to_frame().T

# %% [markdown]
# **Where it is not.** The same table, the same folds, another encoding of the inputs: do the networks credit the same features?

# %%
plain_parts = explain_held_out(table, folds, train(table, folds, networks=4, encoding="none"), networks=4)


def mean_size(parts, members=slice(None)):
    """Return the mean absolute relevance of each feature for the upper class."""
    return np.mean([np.abs(part.features[members, 1]).mean(axis=(0, 1)) for part in parts], axis=0)


def rank_correlation(one, other):
    """Return Spearman's correlation."""
    return float(pd.Series(one).corr(pd.Series(other), method="spearman"))


halves = rank_correlation(mean_size(parts, slice(0, 2)), mean_size(parts, slice(2, 4)))
encodings = rank_correlation(mean_size(parts), mean_size(plain_parts))
print(f"rank correlation of features, half of the networks against the other half: {halves:.2f}")
print(f"rank correlation of features, binned inputs against plain inputs:          {encodings:.2f}")

# %% [markdown]
# Networks of one kind agree with each other; networks that read the same features in another way agree less. A ranking is a
# property of networks, and no statement about subduction zones unless a test on held-out segments carries it
# ([limits](../limits.md)).

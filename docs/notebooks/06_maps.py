# %% [markdown]
# # Classification maps
#
# Maps of what was observed, what networks say of segments that they never saw, and where they are wrong. All maps are
# [Cartopy](https://scitools.org.uk/cartopy) axes; land, plate boundaries and trench lines ship with the package.

# %%
# %matplotlib inline
import cartopy.crs as ccrs
import numpy as np
import pandas as pd

import megathrust as mt
from megathrust import plots
from megathrust.plots import MapLayers

whole = mt.load_builtin_table()
table = mt.complete(whole, max_missing_share=0.2)
print(table)

# %% [markdown]
# ## What was observed
#
# Colours change at the class threshold: blue below Mw 8, red from it on. Grey stripes mean that no event was
# observed, which is not the same as a small one. Outlines are great ruptures, with year and magnitude.

# %% caption="Largest observed magnitude since 1904 of every segment, with the great ruptures."
observed = plots.trench_map_info(whole.frame, value="MW_1904", lowest=4.0, missing="no event observed")
layers = MapLayers(ruptures=plots.rupture_extents(whole.frame), label_least=8.5)
plots.plot_world_map(
    observed, style=plots.magnitude_style((8.0,), label="largest Mw since 1904"), layers=layers
)

# %% [markdown]
# ## What networks say
#
# Five folds of four networks; each segment gets the mean probability of the networks that did not see it.

# %%
folds = mt.ChunkSplitter(exclusion_km=50.0).split(table)
networks = 4
members = [
    mt.Member(fold.train, seed=100 * k + number, learning_rate=1e-2, dropout=0.2, label_smoothing=0.1)
    for k, fold in enumerate(folds)
    for number in range(networks)
]
architecture = mt.FCNArchitecture(
    n_features=len(table.feature_names),
    n_outputs=2,
    hidden=(64, 64),
    encoding="piecewise_linear",
    encoding_units=16,
    features_seen=10,
)
options = mt.TrainingOptions(epochs=60, batch_size=32, optimizer="adamw", feature_draw="mutual_information")
classes = table.classes([8.0])
stack = mt.fit_classifier(table.features(), classes, members, architecture, options).stack

place = table.frame[["region", "segment", "s_km", "lon", "lat"]]
frame = place.assign(observed=classes, probability=np.nan)
for k, fold in enumerate(folds):
    own = stack.select(range(k * networks, (k + 1) * networks))
    said = own.probabilities(table.features()[fold.test])[..., 1]
    frame.loc[fold.test, "probability"] = said.mean(0)
f1 = {
    name: float(mt.classification_scores(classes, chance)["f1", "macro"][0])
    for name, chance in {
        "networks": np.column_stack([1 - frame["probability"], frame["probability"]]),
        "always the same class": np.tile([1.0, 0.0], (len(frame), 1)),
    }.items()
}
print({name: round(value, 2) for name, value in f1.items()})

# %% [markdown]
# Segments that lack a feature were left out; the map shows them thin and grey, and counts them.

# %% caption="Probability of a great earthquake on held-out segments, every region in an equal-area projection of its own."
warning = "not shown to beat the nearest segment's label: this describes networks, not the Earth"
kept = pd.MultiIndex.from_frame(place[["region", "segment"]])
absent = whole.frame[~pd.MultiIndex.from_frame(whole.frame[["region", "segment"]]).isin(kept)]
shown = pd.concat([frame.assign(left_out=False), absent[place.columns].assign(left_out=True)])
probability = plots.trench_map_info(shown, value="probability")
plots.plot_trench_map(
    probability, style=plots.probability_style("Mw ≥ 8.0"), layers=layers, watermark=warning
)

# %% [markdown]
# ## Where they are wrong

# %% caption="Outcome of every held-out segment: true and false, positive and negative."
outcome = plots.outcome_map_info(frame)
plots.plot_outcome_map(outcome, pairs=False, layers=layers, watermark=warning)

# %% [markdown]
# ## One region, and something of your own on it
#
# `region_map` gives the Cartopy axes, onto which anything is drawn as on any other: here two epicentres.

# %% caption="Probability along the Japan, Kuril and Kamchatka trenches with two epicentres added."
epicentres = pd.DataFrame({"name": ["2011", "1952"], "lon": [142.37, 159.78], "lat": [38.30, 52.62]})
ax = plots.region_map(
    probability,
    "kur",
    style=plots.probability_style("Mw ≥ 8.0"),
    layers=MapLayers(ruptures=layers.ruptures, label_least=8.0),
    watermark=warning,
)
ax.scatter(
    epicentres["lon"],
    epicentres["lat"],
    transform=ccrs.PlateCarree(),
    marker="*",
    s=90,
    color="black",
    zorder=6,
)
ax.figure

# %% [markdown]
# ## Three classes
#
# Below 6.4, up to 8.3, and above: `classes` takes any thresholds, and the map a name for each class.

# %% caption="Observed classes along four trenches, parted at Mw 6.4 and 8.3."
names = ["Mw < 6.4", "6.4 to 8.3", "Mw ≥ 8.3"]
three = place.assign(value=table.classes([6.4, 8.3]))
three = three[three["region"].isin(["cam", "kur", "sam", "sum"])]
plots.plot_trench_map(plots.trench_map_info(three), style=plots.class_style(names))

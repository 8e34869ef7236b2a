# %% [markdown]
# # A layer of your own
#
# A grid or a table of points becomes features without code: a YAML file declares it, `megathrust build --layers my.yaml`
# samples it in the cells of every segment. This notebook makes up a table of heat flow, declares it, draws it on a map,
# samples it, and asks whether networks with it do better than networks without it. The heat flow is invented: the answer
# should be no.

# %%
# %matplotlib inline
import tempfile
from pathlib import Path

import cartopy.crs as ccrs
import numpy as np
import pandas as pd

import megathrust as mt
from megathrust import plots
from megathrust.features import sample_layers, window_features
from megathrust.sources import read_layer, read_user_layers

# %% [markdown]
# ## The files
#
# 4000 points within 350 km of the trenches of South America and the Aleutians, with a number that varies smoothly in space.

# %%
folder = Path(tempfile.mkdtemp())
random = np.random.default_rng(5)
parts = []
for region in ("alu", "sam"):
    line = mt.load_trench_line(region)
    lon, lat = line.at(random.uniform(0.0, line.length_km, 2000))
    lat = lat + random.uniform(-3.0, 3.0, 2000)
    lon = lon + random.uniform(-4.0, 4.0, 2000)
    wave = np.sin(np.radians(9.0 * lat)) + np.cos(np.radians(7.0 * lon))
    parts.append(pd.DataFrame({"lon": lon, "lat": lat, "q": 60.0 + 15.0 * wave + random.normal(0, 5, 2000)}))
points = pd.concat(parts, ignore_index=True)
points.round(3).to_csv(folder / "heat_flow.csv", index=False)

(folder / "my.yaml").write_text("""
layers:
  - name: HEAT
    path: heat_flow.csv
    unit: mW/m2
    long_name: surface heat flow
    citation: invented for this notebook
    value: q
    side: [UP]
    statistics: [mean, std]
""")
(layer,) = read_user_layers(folder / "my.yaml")
print(layer.name, layer.unit, layer.side, layer.statistics)

# %% [markdown]
# A mistake is named with its place:

# %%
(folder / "wrong.yaml").write_text((folder / "my.yaml").read_text().replace("mean, std", "mean, medain"))
try:
    read_user_layers(folder / "wrong.yaml")
except mt.InputError as error:
    print(str(error).replace(str(folder), "..."))

# %% [markdown]
# ## On a map
#
# Any Cartopy axes will do; those of `region_map` have the trench already.

# %% caption="An invented heat flow layer beside the largest observed magnitude along the Aleutian trench."
table = mt.load_builtin_table()
table = table.select_rows(table["region"].isin(["alu", "sam"]), "another region")
observed = plots.trench_map_info(table.frame, value="MW_1904", lowest=4.0, missing="no event observed")
ax = plots.region_map(observed, "alu", style=plots.magnitude_style((8.0,), label="largest Mw since 1904"))
drawn = ax.scatter(
    points["lon"], points["lat"], c=points["q"], s=3, cmap="viridis", transform=ccrs.PlateCarree(), zorder=1.5
)
bar = ax.figure.colorbar(drawn, ax=ax, shrink=0.5, pad=0.02)
bar.set_label("heat flow, invented (mW/m$^2$)", fontsize=8)
ax.figure

# %% [markdown]
# ## As a feature
#
# `build_table(user_layers="my.yaml")` does the following for every region, from the raw data. On the built-in table the layer
# is sampled and joined by hand: a column needs its numbers and its definition.

# %%
declared = window_features(
    layer.name,
    layer.long_name,
    layer.unit,
    layer=layer.name,
    group=layer.group,
    family="heat flow",
    citation=layer.citation,
    sides=layer.side,
    statistics=layer.statistics,
)
columns = {definition.name: np.full(len(table), np.nan) for definition in declared}
for region in ("alu", "sam"):
    segments = mt.make_segments(mt.load_trench_line(region), 50.0)
    sampled = sample_layers({layer.name: read_layer(layer)}, segments, window_km=300.0)
    rows = (table["region"] == region).to_numpy()
    for definition in declared:
        columns[definition.name][rows] = definition.function(segments, sampled)
mine = mt.FeatureTable(
    table.frame.assign(**columns),
    {**table.columns, **{definition.name: definition.column for definition in declared}},
    table.provenance,
)
mine[["region", "segment", *columns]].iloc[[10, 11, 120, 121]].round(1)

# %% [markdown]
# ## Does it help?
#
# The same rows, the same folds, the same seeds; the difference is the layer. Its interval comes from a bootstrap over ruptures.


# %%
def held_out(table, folds):
    """Return the probabilities of the test segments of every fold, by networks that did not see them."""
    members = [
        mt.Member(fold.train, seed=100 * k + number, learning_rate=1e-2, dropout=0.2, label_smoothing=0.1)
        for k, fold in enumerate(folds)
        for number in range(6)
    ]
    architecture = mt.FCNArchitecture(n_features=len(table.feature_names), n_outputs=2, hidden=(32, 32))
    options = mt.TrainingOptions(epochs=40, batch_size=32, optimizer="adamw")
    X, y = table.features(), table.classes([8.0])
    stack = mt.fit_classifier(X, y, members, architecture, options).stack
    return [
        mt.Prediction(
            fold.name, fold.test, stack.select(range(6 * k, 6 * k + 6)).probabilities(X[fold.test]).mean(0)
        )
        for k, fold in enumerate(folds)
    ]


with_layer = mt.complete(mine, max_missing_share=0.2)
without_layer = mt.FeatureTable(
    with_layer.frame.drop(columns=list(columns)),
    {name: column for name, column in with_layer.columns.items() if name not in columns},
    with_layer.provenance,
)
folds = mt.ChunkSplitter(exclusion_km=50.0).split(with_layer)
weights = mt.rupture_weights(with_layer.ruptures(), replicates=300, seed=0)
difference, low, high = mt.paired_difference(
    held_out(with_layer, folds), held_out(without_layer, folds), with_layer.classes([8.0]), weights
)
print(f"{len(with_layer)} segments, {len(with_layer.feature_names)} features with the layer")
print(f"macro-F1 with the layer less without it: {difference:+.3f} (95 % interval {low:+.3f} to {high:+.3f})")

# %% [markdown]
# The interval holds 0: nothing is shown. A real layer has to do better than that, on ruptures that neither it nor the
# person who chose it had seen.

# %% [markdown]
# # Predictions with a released model
#
# Three models ship with the package. All were trained on the built-in table, and none beats a lookup along the trench: they
# are there to be checked and improved on. `great-regions` is the one for a region that is not in the table; this notebook
# applies it, and looks at what comes with every prediction: spread, class set, domain of applicability, and whether the
# networks had seen the segment.

# %%
# %matplotlib inline
import json
import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

import megathrust as mt
from megathrust import plots
from megathrust.models import find_model, model_names
from megathrust.table import with_indicators

print(model_names())
model = mt.load_model("great-regions")
model

# %% [markdown]
# The card comes first. This is its beginning:

# %%
card = (find_model("great-regions") / "README.md").read_text()
print("\n".join(card.splitlines()[:12]))

# %% [markdown]
# ## Predict
#
# A table needs the model's features, in any order, and no label.

# %%
table = mt.load_builtin_table()
predicted = mt.predict(model, table)
columns = [
    "region",
    "segment",
    "probability_1",
    "probability_spread",
    "class_set",
    "dissimilarity",
    "applicable",
]
predicted.loc[predicted["region"] == "kur", columns].iloc[::8].round(2)

# %% [markdown]
# `class_set` holds the classes that are not too surprising at 90 % coverage; `0|1` says that the model cannot tell. Where a feature is missing
# that some training segments lacked, too, it counts as their median, and the networks see that it was missing. A segment that lacks
# another one has no numbers, and says which it lacks:

# %%
print(predicted["class_set"].value_counts(dropna=False).to_dict())
poorer = table.frame.assign(V_CN=table["V_CN"].where(table["segment"] > 2))
poorer = mt.FeatureTable(poorer, table.columns)
mt.predict(model, poorer)[["region", "segment", "probability_1", "note"]].head(5).round(2)

# %% [markdown]
# ## Was it a test?
#
# The model holds networks of 14 folds; in each fold one region was left out. So 13 of 14 networks saw any segment of the
# table, and the numbers above test nothing. Predictions of a region by the networks that never saw it do:

# %%
print("share of networks that saw a segment:", predicted["trained_on_share"].dropna().round(3).unique())
features = list(model.feature_names)
rows_of_table = with_indicators(table, features).frame
folds = np.array([member["fold"] for member in model.members])
held_out = np.empty(len(table))
for region in table["region"].unique():
    rows = (table["region"] == region).to_numpy()
    strangers = model.stack.select(np.flatnonzero(folds == region))
    held_out[rows] = strangers.probabilities(rows_of_table.loc[rows, features].to_numpy(float))[..., 1].mean(
        0
    )
observed = (table["MW_1904"] >= 8.0).to_numpy().astype(int)
seen = predicted["probability_1"].to_numpy()
for name, chance in (("networks that saw the segments", seen), ("networks that did not", held_out)):
    score = mt.classification_scores(observed, np.column_stack([1 - chance, chance]))
    print(f"{name:<32} macro-F1 {score['f1', 'macro'][0]:.2f}   AUC {score['roc_auc', '1'][0]:.2f}")

# %% [markdown]
# The difference is memory. On regions that they never saw these networks are worse than a coin; their card says so, too.

# %% caption="Probability by the released model great-regions, from networks that never saw the region."
frame = table[["region", "s_km", "lon", "lat"]].assign(
    probability=held_out, outside=~predicted["applicable"].astype(bool)
)
warning = "great-regions does not beat its rivals: this describes the model, not the Earth"
info = plots.trench_map_info(frame, value="probability")
plots.plot_world_map(info, style=plots.probability_style("Mw ≥ 8.0"), watermark=warning)

# %% [markdown]
# ## Files
#
# `predict` writes CSV, Parquet, GeoJSON (for any GIS) or netCDF with every network's own predictions.

# %%
folder = Path(tempfile.mkdtemp())
for ending in ("csv", "geojson", "nc"):
    mt.predict(model, table, folder / f"predicted.{ending}")
first = json.loads((folder / "predicted.geojson").read_text())["features"][0]
print(first["geometry"], {name: first["properties"][name] for name in ("region", "probability_1")})
with xr.open_dataset(folder / "predicted.nc") as dataset:
    print(dict(dataset.sizes), list(dataset.data_vars)[:4])

# %% [markdown]
# ## Why did it say so?
#
# `explain` shares the log-odds of every network for every segment out among the features, from a background of
# training segments on; here the families that speak most for and against a
# great earthquake off Tohoku.

# %%
kuriles = table.select_rows((table["region"] == "kur").to_numpy(), "another region")
explained = mt.explain(model, kuriles)
segment = int(np.argmin(np.abs(explained["s_km"].to_numpy() - 482.0)))
mean = explained["family_relevance"].mean("member").isel(method=0, segment=segment)
families = mean.isel({"class": 0}).to_series().sort_values()
print(families.iloc[[0, 1, -2, -1]].round(2).to_string())

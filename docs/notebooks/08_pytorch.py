# %% [markdown]
# # A network of your own from PyTorch
#
# Networks that were trained elsewhere can be judged, mapped and explained here like those of the package. This notebook
# trains two plain PyTorch networks by hand, imports them as one stack, saves it, predicts and explains with it.

# %%
# %matplotlib inline
import tempfile

import numpy as np
import torch

import megathrust as mt
from megathrust import plots
from megathrust.evaluation import BASELINES, Rows

names = ["SED_AVE", "DXT_400", "SDM_400", "AGE", "CRM_UP_AVE", "FRE_UP_AVE"]
table = mt.load_builtin_table()
frame = table.frame.dropna(subset=names).reset_index(drop=True)
table = mt.FeatureTable(frame, table.columns, table.provenance)
X, y = frame[names].to_numpy(), table.classes([8.0])
folds = mt.ChunkSplitter(exclusion_km=50.0).split(table)
fold = folds[0]
print(f"{len(fold.train)} training segments, {len(fold.test)} test segments, {len(names)} features")

# %% [markdown]
# ## Trained with PyTorch alone
#
# Scaling is fitted on the training rows. One network is wider than the other; one has batch norm, both have dropout.

# %%
torch.manual_seed(0)
torch.set_num_threads(1)
mean, std = X[fold.train].mean(0), X[fold.train].std(0)
inputs = torch.tensor((X - mean) / std, dtype=torch.float32)
targets = torch.tensor(y)
train = torch.tensor(fold.train)


def network(width, *, batch_norm):
    """Return a perceptron with one hidden layer."""
    norm = [torch.nn.BatchNorm1d(width)] if batch_norm else []
    return torch.nn.Sequential(
        torch.nn.Linear(len(names), width),
        *norm,
        torch.nn.ReLU(),
        torch.nn.Dropout(0.2),
        torch.nn.Linear(width, 2),
    )


networks = [network(16, batch_norm=True), network(32, batch_norm=False)]
for each in networks:
    optimiser = torch.optim.AdamW(each.parameters(), lr=1e-2)
    each.train()
    for _ in range(150):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(each(inputs[train]), targets[train])
        loss.backward()
        optimiser.step()
    each.eval()
    print(f"last training loss {loss.item():.2f}")

# %% [markdown]
# ## Import
#
# Batch norm is folded into its neighbour, the narrower network is filled with units of zero weight: the functions stay what they
# were. Naming the training segments lets predictions say which of them are tests.

# %%
segments = (frame["region"] + ":" + frame["segment"].astype(str)).to_numpy()
model = mt.import_networks(
    networks,
    feature_names=names,
    feature_units=[table.columns[name].unit for name in names],
    mean=mean,
    std=std,
    thresholds=[8.0],
    training_segments=[segments[fold.train].tolist()] * 2,
)
with torch.no_grad():
    theirs = np.stack([each(inputs).softmax(1).numpy() for each in networks])
print(model)
print("largest difference below 1e-6:", bool(np.abs(model.stack.probabilities(X) - theirs).max() < 1e-6))

# %% [markdown]
# ## Save, load, predict

# %%
folder = tempfile.mkdtemp()
mt.save_model(model, f"{folder}/mine")
again = mt.load_model(f"{folder}/mine")
predicted = mt.predict(again, table)
predicted[["region", "segment", "probability_1", "probability_spread", "trained_on_share"]].iloc[::200].round(
    2
)

# %% [markdown]
# Segments that the networks never saw have `trained_on_share` 0. Only those test anything, beside a rival on the same rows:

# %%
fresh = fold.test
chances = {"the two networks": predicted.loc[fresh, ["probability_0", "probability_1"]].to_numpy()}
known = Rows(X, frame["region"].to_numpy(), frame["s_km"].to_numpy())
for name in ("region prior", "nearest segment", "logistic regression", "extra trees"):
    chances[name] = BASELINES[name](known.take(fold.train), y[fold.train], known.take(fresh), 2, 0)
print("trained on share of the test segments:", predicted.loc[fresh, "trained_on_share"].unique())
for name, chance in chances.items():
    print(f"{name:<20} macro-F1 {mt.classification_scores(y[fresh], chance)['f1', 'macro'][0]:.2f}")

# %% [markdown]
# One fold and no intervals: this is an example of the way, not a result.
#
# ## Explain
#
# Relevance of the six features on the test segments, for both networks.

# %% caption="Relevance of the six features of two imported PyTorch networks on segments that they did not see."
explained = mt.relevance(again.stack, X[fresh])
info = plots.relevance_info(explained.features, features=names, class_names=["Mw < 8.0", "Mw ≥ 8.0"])
plots.plot_relevance(
    info, title="Two imported networks, test segments", watermark="describes networks, not the Earth"
)

# %% [markdown]
# ## On a map

# %% caption="Probability by two imported networks; segments that they were trained on are thin and grey."
shown = predicted.assign(left_out=predicted["trained_on_share"] > 0)
shown = shown[shown["region"].isin(["alu", "cam", "kur", "sum"])]
style = plots.probability_style("Mw ≥ 8.0")
plots.plot_trench_map(plots.trench_map_info(shown, value="probability_1"), style=style)

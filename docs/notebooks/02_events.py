# %% [markdown]
# # Events, moment, energy and labels
#
# From an earthquake catalogue to the label of a trench segment: magnitudes and moments, one catalogue out of two, which
# events broke the plate interface, how far each rupture reached along the trench, and the largest magnitude of each segment.
#
# The second half reads catalogues and Slab2 from the folder that `MEGATHRUST_DATA` names (`megathrust data fetch`). Without
# it those cells say so, and the labels of the built-in table are shown alone.

# %%
# %matplotlib inline
import os

import cartopy.crs as ccrs
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import megathrust as mt
from megathrust import features, plots, sources
from megathrust.core import energy_from_magnitude

folder = os.environ.get("MEGATHRUST_DATA")
print("raw data at hand" if folder else "MEGATHRUST_DATA names no folder: built-in labels only")

# %% [markdown]
# ## Moment and energy
#
# $M_0 = 10^{1.5 M_w + 9.1}$ N m and $E = 10^{1.5 M + 4.8}$ J: one unit of magnitude is a factor of 32 in both.

# %%
magnitudes = np.array([7.0, 8.0, 9.0, 9.5])
pd.DataFrame(
    {
        "moment (N m)": mt.moment_from_magnitude(magnitudes),
        "energy (J)": energy_from_magnitude(magnitudes),
        "rupture length (km)": features.interface_rupture_length(magnitudes),
    },
    index=pd.Index(magnitudes, name="Mw"),
).map("{:.2e}".format)

# %% [markdown]
# A few events carry nearly all of the moment. Here are the great ruptures of the built-in table, with the share of each in
# the sum of their moments:

# %%
table = mt.load_builtin_table()
ruptures = plots.rupture_extents(table.frame, least=8.0)
ruptures["share"] = mt.moment_from_magnitude(ruptures["magnitude"])
ruptures["share"] /= ruptures["share"].sum()
shown = ["region", "year", "magnitude", "quality", "segments", "share"]
ruptures.nlargest(6, "magnitude")[shown].round({"magnitude": 1, "share": 2})

# %% [markdown]
# The quality says where the extent is from: A slip models, B published extents, C a scaling relation around the epicentre. The
# number of segments is what a rupture labels, so a few ruptures decide most labels. That is why intervals come from ruptures:

# %%
great = table.frame[table["MW_1904"] >= 8.0]
print(f"{len(great)} segments of Mw >= 8 from {great['MW_1904_rupture'].nunique()} ruptures;", end=" ")
largest = great["MW_1904_rupture"].value_counts()
print(f"the five longest label {largest.iloc[:5].sum()} of them")

# %% [markdown]
# ## One catalogue out of two
#
# ISC-GEM gives time, place and magnitude, GCMT the mechanism of what both have. Every merge is counted.

# %%
if folder:
    frames = {
        "isc_gem": sources.read_source("catalogues/isc-gem-v3.csv", data_dir=folder),
        "gcmt": sources.read_source("catalogues/gcmt_7+_icons.geojson", data_dir=folder),
    }
    catalogue, merges = features.merge_catalogues(frames)
    print(merges.to_string(index=False))
else:
    print("no catalogues at hand")

# %% [markdown]
# ## Which events broke the interface
#
# Near the Kuriles and Japan: distance to the slab surface, and a mechanism that is a thrust along it.

# %% caption="Events of Mw 7 and above near the Kuriles and Japan: those of the plate interface in colour, others hollow."
if folder:
    line = mt.load_trench_line("kur")
    names = {"depth_km": "dep", "dip": "dip", "strike": "str", "uncertainty_km": "unc"}
    slab = features.SlabGrids(
        **{
            name: sources.read_source(sources.slab_grid_source("kur", code).key, data_dir=folder)
            for name, code in names.items()
        }
    )
    events = features.locate_events(catalogue, line, slab)
    print(events["interface_basis"].replace("", "not of the interface").value_counts().to_string())
    segments = mt.make_segments(line, 50.0)
    panel = plots.trench_map_info(segments.to_frame().assign(value=0.0)).panels[0]
    figure = plt.figure(figsize=(6.0, 5.6), dpi=90)
    ax = plots.region_axes(panel, figure=figure)
    plots.add_slab_contours(ax, slab.depth_km)
    ax.plot(line.lon, line.lat, color="black", linewidth=1.5, transform=ccrs.PlateCarree())
    large = events[events["magnitude"] >= 7.0]
    for flag, face, label in ((False, "none", "other"), (True, "#D55E00", "interface")):
        part = large[large["interface"] == flag]
        size = 4.0 * 3.0 ** (part["magnitude"] - 6.5)
        ax.scatter(
            part["lon"],
            part["lat"],
            s=size,
            facecolor=face,
            edgecolor="black",
            linewidth=0.6,
            alpha=0.8,
            transform=ccrs.PlateCarree(),
            label=f"{label} ({len(part)})",
            zorder=5,
        )
    ax.legend(loc="upper left", fontsize=8, title="Mw 7 and above")
    plt.show()
else:
    print("no events at hand")

# %% [markdown]
# ## From ruptures to labels
#
# The extent comes from the first source that fits the event; here only published extents and the scaling relation are used,
# where the built-in table also reads 455 slip models. The label of a segment is the largest magnitude that covers half of it.

# %% caption="Largest Mw since 1904 along the Kuriles and Japan: this notebook beside the built-in table."
builtin = table.frame[table["region"] == "kur"]
figure, ax = plt.subplots(figsize=(7.0, 2.8), dpi=90, layout="constrained")
ax.step(builtin["s_km"], builtin["MW_1904"], where="mid", color="black", label="built-in table")
if folder:
    found = features.find_ruptures(events, line, features.RuptureSources())
    labels = features.label_segments(segments.to_frame(), found)
    ax.step(builtin["s_km"], labels["MW_1904"], where="mid", color="#D55E00", linestyle="--", label="here")
    same = np.mean((labels["MW_1904"].to_numpy() >= 8.0) == (builtin["MW_1904"].to_numpy() >= 8.0))
    print(f"segments on which both agree about Mw >= 8: {same:.0%}")
ax.axhline(8.0, color="#999999", linewidth=0.8)
ax.set(xlabel="distance along the trench (km)", ylabel="largest Mw since 1904", ylim=(5.8, 9.4))
ax.legend(frameon=False, loc="lower center", ncols=2)
plt.show()

# %% [markdown]
# The 2011 earthquake was far shorter than the scaling relation makes an event of Mw 9.1: without its slip models it would label
# twice as many segments. Labels of quality C carry that uncertainty.
#
# ## How many small ones for a large one
#
# The b-value, with its bootstrap interval, from the events above completeness. `SEIS_B` of the built-in table leaves out every
# event that gives a label, and everything along its rupture for as long as aftershocks last; this plain one does not.

# %%
if folder:
    here = events["magnitude"].dropna()
    complete = features.completeness_magnitude(here)
    b = features.b_value(here, complete)
    print(
        f"complete from Mw {complete:.1f}: b = {b.value:.2f} ({b.low:.2f} to {b.high:.2f}), {b.count} events"
    )
else:
    print("no events at hand")

# %% [markdown]
# [Labels and seismicity](../labels.md) has every rule, and how far the labels agree with published ones.

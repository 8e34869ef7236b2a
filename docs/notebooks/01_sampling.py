# %% [markdown]
# # Sampling grids along a trench
#
# From raw grids to numbers per trench segment: cut a trench into segments, give every grid node to the segment of its
# nearest trench point, and take statistics of each cell.
#
# The raw grids are Slab2 and ETOPO1, read from the folder that the environment variable `MEGATHRUST_DATA` names
# (`megathrust data fetch` gets the files). Without that folder a made-up slab and sea floor stand in, so that
# everything runs; the figures are then of no interest.

# %%
import os

import cartopy.crs as ccrs
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

import megathrust as mt
from megathrust import plots, sources
from megathrust.features import slab_reach, smooth_along_trench
from megathrust.geometry import Cells, cell_polygons

folder = os.environ.get("MEGATHRUST_DATA")
print("raw data at hand" if folder else "MEGATHRUST_DATA names no folder: made-up grids stand in")

# %% [markdown]
# ## The trench and its segments
#
# Trench lines ship with the package. Arc length `s_km` grows with the downgoing plate on the right: `kur` begins off
# central Japan and ends off Kamchatka.

# %%
line = mt.load_trench_line("kur")
segments = mt.make_segments(line, 50.0)
frame = segments.to_frame().round(2)
print(f"{line.length_km:.0f} km, {len(segments)} segments")
frame.iloc[[0, 1, -2, -1]]

# %% [markdown]
# Any point has coordinates along and across the trench: `n_km` is negative towards the upper plate, positive towards
# the downgoing one. The epicentre of the Tohoku earthquake and a point of the Pacific:

# %%
s_km, n_km = mt.locate(line, [142.37, 150.0], [38.30, 42.0])
for name, s, n in zip(["Tohoku 2011", "Pacific"], s_km, n_km, strict=True):
    print(f"{name:<12} s = {s:6.0f} km   n = {n:+5.0f} km")

# %% [markdown]
# ## Raw grids


# %%
def made_up(line):
    """A slab that dips by 30 degrees and a sea floor that rises towards the upper plate, in 0.1 degree."""
    lon, lat = np.arange(138.0, 168.0, 0.1), np.arange(32.0, 57.0, 0.1)
    _, n_km = mt.locate(line, *np.meshgrid(lon, lat), max_distance_km=700.0)
    axes = {"lat": lat, "lon": lon}
    slab = xr.DataArray(np.where(n_km < 0, -0.58 * n_km, np.nan), axes, attrs={"units": "km"})
    return slab, xr.DataArray(-6000.0 - 8.0 * n_km, axes, attrs={"units": "m"})


if folder:
    depth = sources.read_source("slab2/kur_slab2_dep_02.24.18.grd", data_dir=folder)
    height = sources.read_source("seafloor/earth-topography-10arcmin.nc", data_dir=folder)
    print(sources.row_record(depth))
    print(sources.row_record(height))
else:
    depth, height = made_up(line)
print("slab", dict(depth.sizes), depth.attrs["units"], "| height", dict(height.sizes), height.attrs["units"])

# %% [markdown]
# ## Cells
#
# A cell is the window of one segment on one side of the trench. Because a point belongs to its *nearest* trench point,
# cells neither overlap nor leave gaps, however the trench bends.

# %% caption="Cells of 50 km segments along the Kuriles and Japan, on both sides of the trench, over slab depth contours."
cells = Cells(segments, up_km=(0, 300), dg_km=(0, 300))
panel = plots.trench_map_info(frame.assign(value=frame["s_km"])).panels[0]
figure = plt.figure(figsize=(6.4, 6.4), dpi=90)
ax = plots.region_axes(panel, figure=figure)
for number, outline in enumerate(cell_polygons(cells)):
    if outline is not None:
        upper = number < len(segments)
        colour = ("#D55E00", "#F0B27A") if upper else ("#0072B2", "#9CC9E3")
        ax.add_geometries(
            [outline],
            crs=ccrs.PlateCarree(),
            facecolor=colour[number % 2],
            alpha=0.45,
            edgecolor="white",
            linewidth=0.3,
        )
plots.add_slab_contours(ax, depth)
ax.plot(line.lon, line.lat, color="black", linewidth=1.5, transform=ccrs.PlateCarree())
ax.set_title("kur: 300 km on the upper plate (orange) and the downgoing plate (blue)", fontsize=9)
plt.show()

# %% [markdown]
# ## Statistics in each cell
#
# A grid is looked at once, in blocks of rows, so that memory does not grow with the file. Every node counts with the area
# that it stands for. Here is the height of the sea floor and land on both sides.

# %%
lon, lat = height["lon"].to_numpy(), height["lat"].to_numpy()
blocks = ((lon, lat[i : i + 200], height.to_numpy()[i : i + 200]) for i in range(0, len(lat), 200))
statistics = mt.sample_grid(blocks, cells, layers=["height"])
inside = (cells.of_grid(lon, lat) >= 0).sum()
print(f"nodes in cells {inside}, counted {int(statistics['count'].sum())}")
statistics.loc[[0, 1, len(segments), len(segments) + 1]].round(1)

# %% [markdown]
# ## From the slab to a feature
#
# `DXT_400`, one of the features of the seed study, is the depth of the deepest slab on a profile at right angles to the
# trench, smoothed along the trench so that waves of 800 km keep half their amplitude. On the real data it is the column of
# the built-in table.

# %%
deepest = slab_reach(segments, depth).deepest_km
smooth = smooth_along_trench(deepest, step_km=50.0, width_km=400.0)
table = mt.load_builtin_table()
shipped = table["DXT_400"][table["region"] == "kur"].to_numpy()
if folder:
    print(f"largest difference to the built-in table: {np.nanmax(np.abs(smooth - shipped)):.5f} km")
else:
    print("no comparison with the built-in table: the slab is made up")

# %% caption="Sea floor and slab along the Kuriles and Japan: mean height and its spread in the cells, depth of the slab."
figure, (above, below) = plt.subplots(2, sharex=True, figsize=(7.0, 4.6), dpi=90, layout="constrained")
for side, colour, name in (("UP", "#D55E00", "upper plate"), ("DG", "#0072B2", "downgoing plate")):
    part = statistics[statistics["side"] == side]
    mean, spread = part["mean"] / 1000, part["std"] / 1000
    above.plot(part["s_km"], mean, color=colour, label=name)
    above.fill_between(part["s_km"], mean - spread, mean + spread, color=colour, alpha=0.2, linewidth=0)
above.set(ylabel="height (km)", ylim=(-7.5, 3.0))
above.legend(frameon=False, ncols=2)
below.plot(segments.centre_km, deepest, color="#777777", label="deepest slab on each profile")
below.plot(segments.centre_km, smooth, color="black", label="DXT_400")
below.invert_yaxis()
below.set(xlabel="distance along the trench (km)", ylabel="slab depth (km)")
below.legend(frameon=False)
plt.show()

# %% [markdown]
# `megathrust build` does this for every declared feature and every region: see [the how-to](../howto-build.md).

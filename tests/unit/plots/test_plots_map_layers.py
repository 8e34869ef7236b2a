"""Layers of maps: teeth, boundaries, contours, ruptures, labels; and layers that users add."""

from __future__ import annotations

import gzip
import hashlib
import json
import socket
from importlib.resources import files

import cartopy.crs as ccrs
import cartopy.io
import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from cartopy.mpl.geoaxes import GeoAxes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from pytest_socket import SocketBlockedError

from megathrust.core import InputError
from megathrust.geometry import arc_km, unit_vectors
from megathrust.plots import (
    MapLayers,
    add_land,
    add_plate_boundaries,
    add_relief,
    add_scale_bar,
    add_slab_contours,
    add_teeth,
    add_volcanoes,
    load_plate_boundaries,
    outcome_map_info,
    plot_outcome_map,
    plot_trench_map,
    plot_trench_strips,
    plot_world_map,
    region_axes,
    region_map,
    save_figure,
    trench_map_info,
    trench_strip_info,
    world_axes,
)
from megathrust.plots._map_axes import DEGREES, project
from megathrust.plots._map_layers import tooth_places, trench_runs
from megathrust.plots._maps import WORLD_INSETS
from megathrust.plots._style import LAND_COLOUR, SEA_COLOUR
from megathrust.table import load_builtin_table


def builtin() -> pd.DataFrame:
    return load_builtin_table().frame


def kermadec(count: int = 30) -> pd.DataFrame:
    """An arc across the antimeridian, from south to north: the upper plate in the west."""
    t = np.linspace(0.0, 1.0, count)
    return pd.DataFrame(
        {
            "region": "ker",
            "s_km": 25.0 + 50.0 * np.arange(count),
            "lon": (178.0 + 5.0 * t + 180.0) % 360.0 - 180.0,
            "lat": -38.0 + 12.0 * t,
            "value": t,
        }
    )


def only_panel(frame: pd.DataFrame | None = None):
    return trench_map_info(kermadec() if frame is None else frame).panels[0]


def lines_of(ax: GeoAxes) -> list[np.ndarray]:
    return [
        segment
        for collection in ax.collections
        if isinstance(collection, LineCollection)
        for segment in collection.get_segments()
    ]


def test_teeth_point_to_the_upper_plate_in_every_region():
    frame = builtin()
    info = trench_map_info(frame.assign(value=0.0))
    assert len(info.panels) == 14
    for panel in info.panels:
        ax = region_axes(panel, labels=False)
        (line, *_) = sorted(trench_runs(ax, panel), key=len, reverse=True)
        places, directions = tooth_places(line, 100e3)
        lonlat, tip = (
            DEGREES.transform_points(ax.projection, *points.T)[:, :2]
            for points in (places, places + 1000.0 * directions)
        )
        east = (tip - lonlat + 180.0) % 360.0 - 180.0
        bearing = np.degrees(np.arctan2(east[:, 0] * np.cos(np.radians(lonlat[:, 1])), east[:, 1]))
        # Slab2's azimuth follows the right-hand rule: the slab dips, under the upper plate, to its right.
        part = frame.iloc[panel.rows]
        near = [np.argmin(np.hypot(part["lon"] - x, part["lat"] - y)) for x, y in lonlat]
        off = (bearing - (part["azimuth"].to_numpy()[near] + 90.0) + 180.0) % 360.0 - 180.0
        assert np.abs(off).max() < 60.0, panel.region
        assert np.median(np.abs(off)) < 10.0, panel.region


def test_drawn_teeth_lie_left_of_the_trench():
    ax = region_axes(only_panel())
    add_teeth(ax, only_panel())
    (teeth,) = (each for each in ax.collections if isinstance(each, PolyCollection))
    tips = np.array([path.vertices[2] for path in teeth.get_paths()])
    assert len(teeth.get_offsets()) == len(tips) > 5
    assert np.all(tips[:, 0] < 0.0)  # west of a trench that runs north


def test_a_user_adds_a_layer_in_five_lines():
    stations = pd.DataFrame({"lon": [-178.9, 177.9], "lat": [-30.5, -37.9], "rate": [3.0, 40.0]})

    ax = region_map(trench_map_info(kermadec()), "ker", label="coupling", cmap="viridis", breaks=[0, 0.5, 1])
    dots = ax.scatter(
        stations["lon"], stations["lat"], c=stations["rate"], transform=ccrs.PlateCarree(), zorder=10
    )
    bar = ax.figure.colorbar(dots, ax=ax)

    assert isinstance(ax, GeoAxes)
    placed = dots.get_offset_transform().transform(dots.get_offsets())
    known = ax.transData.transform(project(ax, stations[["lon", "lat"]]))
    np.testing.assert_allclose(placed, known, atol=1e-6)
    assert bar.vmax == 40.0


def test_a_region_is_drawn_onto_axes_of_the_users_own():
    figure = Figure()
    mine = figure.add_subplot(projection=ccrs.Mercator(central_longitude=180.0))
    mine.set_extent([170.0, 190.0, -45.0, -20.0], crs=ccrs.PlateCarree(central_longitude=0.0))
    assert (
        region_map(trench_map_info(kermadec()), ax=mine, label="coupling", layers=MapLayers(teeth=False))
        is mine
    )
    assert figure.axes == [mine]
    west, east = mine.get_xlim()
    (panel,) = trench_map_info(kermadec()).panels
    for line, piece in zip(lines_of(mine)[-30:], panel.pieces, strict=True):
        assert ((line[:, 0] > west) & (line[:, 0] < east)).all()
        np.testing.assert_allclose(line[1], project(mine, piece[1]))


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_maps_never_ask_for_downloads(monkeypatch):
    with pytest.raises(SocketBlockedError):  # the network is off in every test, in this one provably
        socket.socket(socket.AF_INET)
    asked = []

    def refuse(*what, **__):
        asked.append(what)
        raise OSError("a map asked for a file to be downloaded")

    monkeypatch.setattr(cartopy.io.Downloader, "path", refuse)
    monkeypatch.setattr(cartopy.io.Downloader, "_urlopen", refuse)
    info = trench_map_info(kermadec())
    layers = MapLayers(ruptures=ONE_RUPTURE, relief=ridges())
    for figure in (
        region_map(info, label="coupling", layers=layers).figure,
        plot_trench_map(info, label="coupling", layers=layers),
        plot_world_map(info, label="coupling", layers=layers),
    ):
        figure.canvas.draw()
    assert asked == []


@pytest.mark.parametrize("central_longitude", [-170.0, 0.0, 90.0])
def test_no_line_runs_across_the_world(central_longitude):
    frame = builtin()
    info = trench_map_info(frame.assign(value=0.5))
    world, *_ = plot_world_map(info, label="coupling", central_longitude=central_longitude).axes
    lines = lines_of(world)
    assert len(lines) > 100
    longest = max(np.hypot(*np.diff(line, axis=0).T).max() for line in lines)
    assert longest < 0.1 * np.ptp(world.get_xlim())


def test_insets_are_drawn_where_two_of_their_regions_are():
    frame = builtin()
    info = trench_map_info(frame[frame["region"].isin(["cam", "sol", "van"])].assign(value=0.5))
    titles = [axes.get_title(loc="left") for axes in plot_world_map(info, label="coupling").axes]
    assert titles[:2] == ["", "Melanesia and Tonga"]
    assert "Philippine Sea" not in titles


def test_regions_are_named_near_their_trench():
    info = trench_map_info(builtin().assign(value=0.5))
    world, *_ = plot_world_map(info, label="coupling").axes
    names = {each.get_text(): each for each in world.texts if isinstance(each, Annotation)}
    larger = {region for regions in WORLD_INSETS.values() for region in regions}
    for panel in info.panels:
        # Full names where there is room, codes where an inset bears the name.
        text = names[panel.region if panel.region in larger else panel.name]
        away = np.hypot(*(np.array(text.xy) - project(world, panel.pieces[:, 1])).T).min()
        assert away < 1e3
        assert np.hypot(*text.get_position()) < 40.0  # points


def test_plate_boundaries_from_package_frame_and_file(tmp_path):
    line = [[175.0, -30.0], [179.0, -31.0], [-178.0, -32.0]]
    path = tmp_path / "PB2002_boundaries.json"
    geometry = {"type": "LineString", "coordinates": line}
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    frame = geopandas.GeoDataFrame(geometry=[shapely.LineString(line)])
    for source in (path, frame, shapely.LineString(line)):
        ax = region_axes(only_panel())
        add_plate_boundaries(ax, source)
        np.testing.assert_allclose(lines_of(ax)[0], project(ax, line))
    ax = region_axes(only_panel())
    add_plate_boundaries(ax)
    assert len(lines_of(ax)) > 100
    path.write_text("no lines")
    with pytest.raises(InputError, match="cannot be read as plate boundaries, a GeoJSON file"):
        add_plate_boundaries(ax, path)


def test_shipped_boundaries_are_what_their_provenance_says():
    folder = files("megathrust.plots").joinpath("data")
    about = json.loads(folder.joinpath("plate_boundaries_provenance.json").read_text(encoding="utf-8"))
    wkb = gzip.decompress(folder.joinpath("plate_boundaries.wkb.gz").read_bytes())
    assert hashlib.sha256(wkb).hexdigest() == about["wkb_sha256"]
    assert "ODC-By" in about["licence"]
    lines = load_plate_boundaries()
    assert len(lines.geoms) == about["lines"]
    # The East Pacific Rise and the Java trench.
    for point in ((-113.0, -15.0), (110.0, -10.3)):
        assert lines.distance(shapely.Point(point)) < 1.0


def test_slab_contours_lie_at_their_depth_in_any_layout_of_longitude():
    lat = np.linspace(-36.0, -30.0, 25)
    for shift in (0.0, 360.0):
        lon = np.linspace(-184.0, -178.0, 31) + shift
        depth = xr.DataArray(
            np.broadcast_to((lon - shift + 184.0) * 50.0, (25, 31)), {"y": lat, "x": lon}, ("y", "x")
        )
        ax = region_axes(only_panel())
        add_slab_contours(ax, -depth, levels=[100.0], labels=False)
        (line,) = lines_of(ax)
        back = DEGREES.transform_points(ax.projection, *line.T)
        np.testing.assert_allclose(back[:, 0] % 360.0, 178.0, atol=1e-6)
    with pytest.raises(InputError, match="two axes"):
        add_slab_contours(ax, depth[0])


def ridges(start: float = -180.0) -> xr.DataArray:
    """A ridge along 178 degrees west, on a grid round the Earth that begins anywhere."""
    lon, lat = start + np.arange(0.0, 360.0, 0.5), np.linspace(-90.0, 90.0, 181)
    away = (lon - 182.0 + 180.0) % 360.0 - 180.0
    height = 3000.0 * np.exp(-((away / 1.5) ** 2))
    return xr.DataArray(np.tile(height, (181, 1)), {"lat": lat, "lon": lon}, ("lat", "lon"))


@pytest.mark.parametrize("start", [-180.0, 0.0, 37.0])
def test_relief_is_bright_towards_the_light_wherever_its_grid_begins(start):
    ax = region_axes(only_panel(), labels=False)
    add_relief(ax, ridges(start), strength=1.0)
    # Slopes face the light west of the ridge and turn away from it in the east; far off all is flat.
    west, east, flat = colours_at(ax, [(-178.9, -30.0), (-176.9, -30.0), (178.0, -30.0)])
    assert west.min() > 0.97 > to_rgb(SEA_COLOUR)[0] > east.max() + 0.3
    np.testing.assert_allclose(flat, to_rgb(SEA_COLOUR), atol=0.02)


def test_relief_of_a_part_of_the_earth_leaves_the_rest_and_needs_two_axes():
    ax = region_axes(only_panel(), labels=False)
    add_relief(ax, ridges().sel(lon=slice(0.0, 90.0)))
    np.testing.assert_allclose(colours_at(ax, [(-178.9, -30.0)])[0], to_rgb(SEA_COLOUR), atol=0.01)
    with pytest.raises(InputError, match="heights need two axes"):
        add_relief(ax, ridges()[0])


def test_volcanoes_lie_where_they_are():
    ax = region_axes(only_panel())
    add_volcanoes(ax, [182.1, -177.9], [-30.0, -29.0])
    points = np.column_stack(ax.lines[0].get_data())
    np.testing.assert_allclose(points, project(ax, [[-177.9, -30.0], [-177.9, -29.0]]))


def test_left_out_segments_are_counted_in_title_and_legend():
    frame = kermadec()
    frame["left_out"] = frame.index < 4
    info = trench_map_info(frame)
    ax = region_map(info, label="coupling", layers=MapLayers(boundaries=False))
    assert ax.get_title(loc="left") == "Tonga-Kermadec (4 left out)"
    entries = [text.get_text() for legend in ax.figure.legends for text in legend.get_texts()]
    assert entries == ["left out (4)", "teeth: upper plate"]


def test_a_model_that_does_not_beat_its_rivals_is_marked_on_every_map():
    frame = kermadec().assign(probability=0.6, observed=1, spread=0.1, magnitude=8.1)
    info = trench_map_info(frame)
    warning = "the FCN is not shown to beat its rivals"
    for draw in (
        lambda mark: region_map(info, label="coupling", watermark=mark).figure,
        lambda mark: plot_trench_map(info, label="coupling", watermark=mark),
        lambda mark: plot_world_map(info, label="coupling", watermark=mark),
        lambda mark: plot_outcome_map(outcome_map_info(frame), watermark=mark),
        lambda mark: plot_trench_strips(trench_strip_info(frame, "ker"), watermark=mark),
    ):
        marked = [text.get_text().replace("\n", " ") for text in draw(warning).texts]
        assert warning in marked
        assert warning not in [text.get_text() for text in draw(None).texts]


ONE_RUPTURE = pd.DataFrame(
    {
        "region": ["ker", "ker", "sam"],
        "start_km": [100.0, 300.0, 0.0],
        "end_km": [500.0, 600.0, 100.0],
        "year": [1917, 1976, 1960],
        "magnitude": [8.54, 8.0, 9.6],
        "quality": ["B", None, "A"],
    }
)


@pytest.mark.parametrize("file_format", ["png", "pdf", "svg"])
def test_a_map_is_saved_with_the_same_bytes_each_time(tmp_path, file_format):
    info = trench_map_info(kermadec())
    first, second = (
        save_figure(
            region_map(info, label="coupling", layers=MapLayers(ruptures=ONE_RUPTURE)).figure,
            tmp_path / name,
            formats=[file_format],
            caption="Coupling along the Kermadec trench.",
        )[0].read_bytes()
        for name in ("a", "b")
    )
    assert first == second


def colours_at(ax: GeoAxes, lonlat: list[tuple[float, float]]) -> np.ndarray:
    """Return what is painted at places, as rows of red, green, blue from 0 to 1."""
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())
    columns, rows = ax.transData.transform(project(ax, np.array(lonlat))).round().astype(int).T
    return pixels[len(pixels) - 1 - rows, columns, :3] / 255.0


@pytest.mark.parametrize("central_longitude", [-170.0, 0.0, 100.0, 180.0])
def test_coasts_of_the_world_are_right_wherever_the_map_is_cut(central_longitude):
    ax = world_axes(central_longitude=central_longitude)
    land = [(-100.0, 45.0), (-60.0, -10.0), (24.0, 5.0), (100.0, 60.0), (134.0, -25.0), (170.0, 67.0)]
    sea = [(-150.0, 0.0), (-30.0, 20.0), (80.0, -20.0), (160.0, 40.0), (-165.0, 5.0), (172.0, -50.0)]
    painted = colours_at(ax, [*land, *sea])
    np.testing.assert_allclose(painted[: len(land)], [to_rgb(LAND_COLOUR)] * len(land), atol=0.01)
    np.testing.assert_allclose(painted[len(land) :], [to_rgb(SEA_COLOUR)] * len(sea), atol=0.01)


def test_coasts_of_regions_are_right_on_both_sides_of_the_antimeridian():
    info = trench_map_info(builtin().assign(value=0.0))
    places = {
        # Viti Levu and the North Island; sea either side of 180 degrees.
        "ker": ([(178.0, -17.8), (175.8, -38.8)], [(179.3, -31.3), (-179.3, -27.3), (-172.3, -35.3)]),
        # The Alaska Peninsula and Chukotka.
        "alu": ([(-156.0, 58.5), (-154.0, 61.5), (179.5, 67.5)], [(179.3, 57.3), (-179.3, 57.3)]),
        # Luzon, and the South China Sea.
        "man": ([(121.0, 16.5)], [(118.5, 18.0)]),
    }
    for region, (land, sea) in places.items():
        ax = region_axes(info.panel(region), square=True, labels=False)
        painted = colours_at(ax, [*land, *sea])
        np.testing.assert_allclose(painted[: len(land)], [to_rgb(LAND_COLOUR)] * len(land), atol=0.01)
        np.testing.assert_allclose(painted[len(land) :], [to_rgb(SEA_COLOUR)] * len(sea), atol=0.01)


@pytest.mark.parametrize(
    "projection", [ccrs.Mercator(140.0), ccrs.LambertConformal(140.0, 40.0), ccrs.PlateCarree(180.0)]
)
def test_scale_bars_are_true_on_axes_of_the_users_own(projection):
    ax = Figure().add_subplot(projection=projection)
    ax.set_extent([128.0, 160.0, 28.0, 55.0], crs=DEGREES)
    add_land(ax)
    add_scale_bar(ax)
    (bar,) = ax.lines
    lon, lat = DEGREES.transform_points(projection, *map(np.asarray, bar.get_data()))[:, :2].T
    label = float(ax.texts[0].get_text().removesuffix(" km"))
    true = arc_km(unit_vectors(lon[0], lat[0]), unit_vectors(lon[1], lat[1]))
    assert true == pytest.approx(label, rel=0.02)
    west, east = ax.get_xlim()
    assert np.all((bar.get_xdata() > west) & (bar.get_xdata() < east))
    painted = colours_at(ax, [(142.9, 43.4), (150.3, 37.3)])
    np.testing.assert_allclose(painted[0], to_rgb(LAND_COLOUR), atol=0.01)
    assert not np.allclose(painted[1], to_rgb(LAND_COLOUR), atol=0.01)

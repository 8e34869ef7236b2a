"""Write the package's data registry from manifests of files.

Usage: python tools/make_registry.py MANIFEST.csv [MANIFEST.csv ...] [--output FILE.json]

The manifests say which files exist (name, repository, commit, path, size, SHA-256, licence).
What the files mean (collection, reader, unit, DOI, whether they may be passed on) is declared below.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).resolve().parents[1] / "src" / "megathrust" / "sources" / "_registry.json"

SLAB2 = "Hayes et al. (2018), Slab2, a comprehensive subduction zone geometry model, Science 362"
PB2002 = "Bird (2003), An updated digital model of plate boundaries, G-Cubed 4"
GCMT = "Dziewonski et al. (1981), JGR 86; Ekstroem et al. (2012), Phys. Earth Planet. Inter. 200-201"
ISC_GEM = "Di Giacomo et al. (2018), The ISC-GEM Earthquake Catalogue, Earth Syst. Sci. Data 10"
GSFML = "Matthews et al. (2011), The tectonic fabric of the ocean basins, JGR 116 (GSFML)"
EIGEN = "Foerste et al. (2014), EIGEN-6C4, GFZ Data Services"

# Per licence text of the manifest: may the file itself be passed on, is what is derived from it share-alike.
# Only files without any licence keep their derived values out of what the project ships.
REDISTRIBUTABLE = {
    "US public domain": True,
    "US public domain (USGS ShakeMap)": True,
    "public domain with attribution": True,
    "CC-BY-4.0": True,
    "CC-BY-SA-3.0": True,
    "ODC-By-1.0": True,
    "BSD-3-Clause (Geoscience Australia compilation)": True,
    "CC0 compilation; GCMT free with citation": True,
    "BSD-3-Clause": True,
    "CC-BY (EarthByte), repository GPL-3.0": True,
    "free with citation": False,
    "free with citation (GSFML); CC-BY-4.0 file in the same folder": False,
    "not stated for the data (code GPL-2): computed results may be shipped, the file may not": False,
    "free for research with citation": False,
    "data table derived with Clennett et al. 2020": False,
    "no licence stated": False,
}

# Texts, an index of files, parts of a shapefile beyond its polygons, zipped traces: no reader needs them.
NOT_DATA = re.compile(
    r".*README\.md|seafloor/gsfml_(readme|License)\.txt|.*Source_information\.csv|.*\.(shx|dbf|csv\.zip)"
)

PTHA = "Davies et al. (2025), tests of the tsunami sources of PTHA18, Geoscience Australia"


def entry(
    pattern: str, layer: str, reader: str, version: str, doi: str, citation: str, title: str, **more: Any
) -> dict[str, Any]:
    """Declare one collection: every manifest file whose name matches ``pattern`` belongs to it."""
    return {
        "pattern": pattern, "layer": layer, "reader": reader, "version": version, "doi": doi,
        "citation": citation, "title": title, **more,
    }  # fmt: skip


def slab(quantity: str, layer: str, title: str) -> dict[str, Any]:
    """Declare the Slab2 grids of one quantity."""
    return entry(
        rf"slab2/(?P<region>\w+)_slab2_{quantity}_(?P<version>[\d.]+)\.grd",
        layer,
        "slab_grid",
        "",
        "10.1126/science.aat4723",
        SLAB2,
        title,
    )


def tsunami(name: str, version: str, doi: str, citation: str, title: str) -> dict[str, Any]:
    """Declare a source model of one tsunami, as the tests of PTHA18 give it."""
    return entry(
        rf"ruptures/tsunami_sources/{name}\.(csv|tif)", "tsunami_sources", "tsunami_source", version, doi,
        citation, title,
    )  # fmt: skip


COLLECTIONS = [
    slab("dep", "slab_depth", "Depth of the slab's upper surface"),
    slab("dip", "slab_dip", "Dip of the slab's upper surface"),
    slab("str", "slab_strike", "Strike of the slab's upper surface"),
    slab("unc", "slab_uncertainty", "Uncertainty of the slab's depth"),
    slab("thk", "slab_thickness", "Thickness of the slab"),
    entry(
        r"boundaries/trenches_usgs_2017\.csv", "trench_points", "trench_points", "2017",
        "10.1126/science.aat4723", SLAB2, "Trench lines of Slab2 with azimuth",
    ),
    entry(
        r"boundaries/trenches_usgs_2017_depths\.csv", "trench_depth", "trench_depths", "2017",
        "10.1126/science.aat4723", SLAB2, "Depth of the sea floor at the trench points of Slab2",
    ),
    entry(
        r"boundaries/PB2002_steps\.csv", "plate_boundary_steps", "pb2002_steps", "PB2002",
        "10.1029/2001GC000252", PB2002, "Plate boundary steps with class and velocity",
    ),
    entry(
        r"boundaries/PB2002_(boundaries|plates)\.(dig\.txt|json)", "plate_boundary_lines", "plate_lines",
        "PB2002", "10.1029/2001GC000252", PB2002, "Lines of plate boundaries and outlines of plates",
    ),
    entry(
        r"boundaries/PB2002_poles\.dat\.txt", "plate_poles_pb2002", "rotation_poles", "PB2002",
        "10.1029/2001GC000252", PB2002, "Rotation poles of plates relative to the Pacific plate",
    ),
    entry(
        r"seafloor/(?P<region>\w+)_BA_bath\.csv", "incoming_plate", "incoming_plate", "Slab2, 2018",
        "10.1126/science.aat4723", SLAB2,
        "Bathymetry, basement and sediment of the incoming plate, 5 arc-minutes",
    ),
    entry(
        r"seafloor/sedmap\.grd", "sediment_thickness", "grid", "1997", "",
        "Laske & Masters (1997), A global digital map of sediment thickness, EOS Trans. AGU 78, F483",
        "Sediment thickness, 1 degree", unit="km", long_name="sediment thickness",
    ),
    entry(
        r"seafloor/GlobSed\.nc", "sediment_thickness_globsed", "grid", "v3", "10.1029/2018GC008115",
        "Straume et al. (2019), GlobSed: total sediment thickness in the world's oceans, G-Cubed 20",
        "Sediment thickness, 5 arc-minutes", unit="m", long_name="sediment thickness",
    ),
    entry(
        r"seafloor/crust1\.bnds", "crustal_layers", "crust1", "CRUST1.0", "",
        "Laske et al. (2013), Update on CRUST1.0, Geophys. Res. Abstracts 15, EGU2013-2658",
        "Depths of crustal layers, 1 degree",
    ),
    entry(
        r"seafloor/age\.3\.20\.nc", "seafloor_age", "grid", "age.3", "10.1029/2007GC001743",
        "Mueller et al. (2008), Age, spreading rates and spreading asymmetry of the ocean crust, G-Cubed 9",
        "Age of the sea floor, 20 arc-minutes", unit="Ma", long_name="age of the sea floor",
    ),
    entry(
        r"seafloor/Cao2024_SEAFLOOR_AGE_grid_0\.00Ma\.nc", "seafloor_age_cao2024", "grid", "0 Ma",
        "10.1016/j.gsf.2024.101922",
        "Cao et al. (2024), plate boundary evolution over 1.8 billion years, Geoscience Frontiers 15",
        "Age of the sea floor with marginal basins, 0.15 degree", unit="Ma", long_name="age of the sea floor",
    ),
    entry(
        r"seafloor/seton2020_agegrid_6m\.nc", "seafloor_age_seton2020", "grid", "2020",
        "10.1029/2020GC009214",
        "Seton et al. (2020), A global data set of present-day oceanic crustal age, G-Cubed 21",
        "Age of the sea floor, 6 arc-minutes", unit="Ma", long_name="age of the sea floor",
    ),
    entry(
        r"seafloor/gsfml_(FZ|FZLC)\.gmt", "fracture_zones", "gmt_lines", "2014", "10.1029/2011JB008413",
        GSFML, "Fracture zones, traced in gravity",
    ),
    entry(
        r"seafloor/gsfml_(DZ|ER|PF|PR|UNCV|VANOM)\.gmt", "seafloor_fabric", "gmt_lines", "2014",
        "10.1029/2011JB008413", GSFML,
        "Discordant zones, extinct ridges, pseudofaults, propagating ridges and V-shaped structures",
    ),
    entry(
        r"seafloor/johansson2018_LIPs\.shp", "plateaus", "polygons", "v2", "10.1029/2017GL076691",
        "Johansson et al. (2018), Eruption and weathering of large igneous provinces, GRL 45",
        "Large igneous provinces and oceanic plateaus",
    ),
    entry(
        r"seafloor/earth-topography-10arcmin\.nc", "topography", "grid", "ETOPO1", "10.7289/V5C8276M",
        "Amante & Eakins (2009), ETOPO1 global relief model, NOAA", "Relief, 10 arc-minutes",
        unit="m", long_name="height above sea level",
    ),
    entry(
        r"seafloor/gebco5x5\.grd", "topography_gebco", "grid", "GEBCO One Minute Grid", "",
        "GEBCO One Minute Grid, resampled with Slab2 (Hayes et al. 2018)",
        "Relief from another source, 10 arc-minutes", unit="m", long_name="height above sea level",
    ),
    entry(
        r"seafloor/gevorgian2023_seamounts_all\.xyhrdnc", "seamounts", "seamounts", "2023",
        "10.1029/2022EA002331",
        "Gevorgian et al. (2023), Global distribution and morphology of small seamounts, Earth Space Sci. 10",
        "Seamounts with height and basal radius",
    ),
    entry(
        r"potential_field/earth-gravity-10arcmin\.nc", "gravity", "grid", "EIGEN-6C4",
        "10.5880/icgem.2015.1", EIGEN, "Absolute gravity 10 km above the ellipsoid, 10 arc-minutes",
        unit="mGal", long_name="gravity at 10 km ellipsoidal height", variable="gravity",
    ),
    entry(
        r"potential_field/earth-geoid-10arcmin\.nc", "geoid", "grid", "EIGEN-6C4", "10.5880/icgem.2015.1",
        EIGEN, "Geoid height, 10 arc-minutes", unit="m", long_name="geoid height", variable="geoid",
    ),
    entry(
        r"kinematics/hmtk_average_strain_minimal\.csv", "strain_rate", "strain_rate", "GSRM v1",
        "10.1046/j.1365-246X.2003.01917.x",
        "Kreemer, Holt & Haines (2003), An integrated global model of present-day plate motions, GJI 154",
        "Horizontal strain-rate tensor, 0.6 by 0.5 degree",
    ),
    entry(
        r"kinematics/MORVEL56NNR_poles\.txt", "plate_poles", "rotation_poles", "NNR-MORVEL56",
        "10.1029/2011GC003751",
        "Argus, Gordon & DeMets (2011), Geologically current motion of 56 plates, G-Cubed 12",
        "Rotation poles of plates without net rotation",
    ),
    entry(
        r"kinematics/slabdip_subduction_data\.csv", "trench_kinematics", "trench_kinematics", "0 Ma",
        "10.1038/s41598-023-36250-w",
        "Mather et al. (2023), Sci. Rep. 13; plate model of Clennett et al. (2020), doi:10.1029/2020GC009117",
        "Convergence, trench motion, age and dip at points along trenches",
    ),
    entry(
        r"kinematics/syracuse_abers_2006_ts02a\.txt", "arc_volcanoes", "arc_volcanoes", "2006",
        "10.1029/2005GC001045", "Syracuse & Abers (2006), Global compilation of slab depth, G-Cubed 7",
        "Slab depth, dip, convergence and age at arc volcanoes",
    ),
    entry(
        r"catalogues/isc-gem-v3\.csv", "events_isc_gem", "isc_gem", "v3", "10.31905/D808B825", ISC_GEM,
        "Events 1900-2012 with moment tensors",
    ),
    entry(
        r"catalogues/isc-gem-v7\.kmz", "events_isc_gem_v7", "isc_gem_kmz", "v7", "10.31905/D808B825", ISC_GEM,
        "Events 1904-2016, without mechanisms",
    ),
    entry(
        r"catalogues/isc-gem-v7-suppl\.csv", "events_isc_gem_supplement", "isc_gem_csv", "v7",
        "10.31905/D808B825", ISC_GEM, "Events that are too badly known for the catalogue",
    ),
    entry(
        r"catalogues/usgs_M6_1900-2023-09\.csv", "events_comcat_2023", "fdsn_csv", "2023-09",
        "10.5066/F7MS3QZH",
        "U.S. Geological Survey, ANSS Comprehensive Earthquake Catalog",
        "Events of M 6 and larger, 1900 to 2023-09-21",
    ),
    entry(
        r"catalogues/iscgem_global_6-9_1950-2021\.csv", "events_isc_gem_usgs", "isc_gem_usgs", "2021",
        "10.31905/D808B825", ISC_GEM, "Events of M 6 and larger, 1949-2021",
    ),
    entry(
        r"catalogues/comcat_global_6-9_1949-2021\.csv", "events_comcat", "comcat", "2021",
        "10.5066/F7MS3QZH", "U.S. Geological Survey, ANSS Comprehensive Earthquake Catalog",
        "Events of M 6 and larger, 1949-2021",
    ),
    entry(
        r"catalogues/noaa_signif\.tsv", "events_noaa", "noaa", "2014", "10.7289/V5TD9V7K",
        "NOAA National Centers for Environmental Information, Significant Earthquake Database",
        "Significant earthquakes, 2150 BCE to 2014",
    ),
    entry(
        r"catalogues/gcmt_7\+_icons\.geojson", "events_gcmt", "gcmt_geojson", "1976-2014",
        "10.1016/j.pepi.2012.04.002", GCMT, "Centroid moment tensors of M 7 and larger",
    ),
    entry(
        r"catalogues/iscgem_gcmt_focal_join_1950_2021_M6\.csv", "events_focal_join", "focal_join", "2021",
        "10.1016/j.pepi.2012.04.002", ISC_GEM + "; " + GCMT, "One nodal plane per event of M 6 and larger",
    ),
    entry(
        r"catalogues/pycsep_gcmt_1976_2013\.csv", "events_gcmt_list", "gcmt_list", "1976-2013",
        "10.1016/j.pepi.2012.04.002", GCMT, "Shallow events of Mw 5.15 and larger, without mechanisms",
    ),
    entry(
        r"catalogues/JAPAN_NDK_bundle_2019\.ndk", "events_gcmt_japan", "obspy_events", "2019",
        "10.1016/j.pepi.2012.04.002", GCMT, "Centroid moment tensors around Japan, 1965-2019",
    ),
    entry(
        r"ruptures/srcmod/.+\.fsp", "slip_models", "slip_model", "2021", "10.1785/0220140077",
        "Mai & Thingbaijam (2014), SRCMOD, an online database of finite-fault rupture models, SRL 85",
        "Slip model of one event",
    ),
    entry(
        r"ruptures/outlines/.+\.(geo)?json", "rupture_outlines", "rupture_outline", "2023",
        "10.5066/F7D21VPQ", "U.S. Geological Survey, ShakeMap", "Outline of one rupture",
    ),
    entry(
        r"ruptures/tsunami_sources/chile1960_ho2019\.txt", "tsunami_sources", "tsunami_source", "2019",
        "10.1029/2018JB016996", "Ho et al. (2019), JGR Solid Earth 124", "Sea-floor uplift of 1960 Chile",
    ),
    entry(
        r"ruptures/tsunami_sources/sumatra2004_fujii_satake2007\.txt", "tsunami_sources", "tsunami_source",
        "2007", "10.1785/0120050613", "Fujii & Satake (2007), BSSA 97", "Slip of 2004 Sumatra-Andaman",
    ),
    entry(
        r"ruptures/tsunami_sources/tohoku2011_satake2013\.csv", "tsunami_sources", "tsunami_source", "2013",
        "10.1785/0120120122", "Satake et al. (2013), BSSA 103", "Slip of 2011 Tohoku",
    ),
    entry(
        r"ruptures/tsunami_sources/chile2010_fujii_satake2013\.csv", "tsunami_sources", "tsunami_source",
        "2013", "10.1007/s00024-012-0524-2", "Fujii & Satake (2013), Pure Appl. Geophys. 170",
        "Slip of 2010 Maule",
    ),
    tsunami("sumatra2005_fujii2020", "2020", "", f"Fujii et al. (2020); {PTHA}", "Slip of 2005 Nias"),
    tsunami("java2006_fujii_satake2006", "2006", "10.1029/2006GL028049",
            f"Fujii & Satake (2006), GRL 33; {PTHA}", "Slip of 2006 Java"),
    tsunami("sumatra2007_fujii_satake2008", "2008", "", f"Fujii & Satake (2008); {PTHA}",
            "Slip of 2007 Bengkulu"),
    tsunami("solomon2007_wei2015", "2015", "", f"Wei et al. (2015); {PTHA}", "Slip of 2007 Solomon Islands"),
    tsunami("puysegur2009_beavan2010", "2010", "", f"Beavan et al. (2010); {PTHA}", "Slip of 2009 Puysegur"),
    tsunami("chile2010_lorito2011", "2011", "", f"Lorito et al. (2011); {PTHA}", "Slip of 2010 Maule"),
    tsunami("tohoku2011_yamazaki2018", "2018", "", f"Yamazaki et al. (2018); {PTHA}", "Slip of 2011 Tohoku"),
    tsunami("chile2014_an2014", "2014", "", f"An et al. (2014); {PTHA}", "Slip of 2014 Iquique"),
    tsunami("chile2015_williamson2017", "2017", "", f"Williamson et al. (2017); {PTHA}",
            "Slip of 2015 Illapel"),
    tsunami("newhebrides2021_gusman2022", "2022", "", f"Gusman et al. (2022); {PTHA}",
            "Slip of 2021 Loyalty Islands"),
    tsunami("sandwich2021_roger2024", "2024", "", f"Roger et al. (2024); {PTHA}",
            "Slip of 2021 South Sandwich Islands"),
    tsunami("kermadec2021_romano2021", "2021", "", f"Romano et al. (2021); {PTHA}",
            "Sea-floor uplift of 2021 Raoul, Kermadec"),
    entry(
        r"comparison/mclellan_audet2020_segments\.txt", "mclellan_audet", "blank_table", "2020",
        "10.1093/gji/ggaa019", "McLellan & Audet (2020), Geophys. J. Int.",
        "Published features and slow slip along trenches",
        optional=True,
    ),
    entry(
        r"comparison/ptha18_.+\.csv", "ptha18", "table", "2018", "10.1007/s00024-019-02299-w",
        "Davies & Griffin (2020), Pure Appl. Geophys. 177",
        "Source zones of PTHA18: parameters, percentiles of the largest Mw",
        optional=True,
    ),
    entry(
        r"seed_study/(?!positions)(?P<region>\w+)\.csv", "seed_study", "table", "2024",
        "10.1029/2024JB028774", "Graciosa et al. (2025), JGR Solid Earth; doi:10.5281/zenodo.13219207",
        "Published segment features of one region", optional=True,
    ),
    entry(
        r"seed_study/positions\.csv", "seed_study_positions", "table", "2024", "10.1029/2024JB028774",
        "Graciosa et al. (2025), JGR Solid Earth; doi:10.5281/zenodo.13219207",
        "Segment positions of four regions, columns taken from several published files", optional=True,
        downloadable=False,
    ),
]  # fmt: skip


def main(manifests: Sequence[Path], output: Path = OUTPUT) -> None:
    """Write ``output`` from ``manifests``; every file of data must belong to exactly one collection."""
    collections: list[dict[str, Any]] = []
    rows: list[dict[str, str]] = []
    for manifest in manifests:
        with manifest.open(newline="", encoding="utf-8") as stream:
            rows += [row for row in csv.DictReader(stream) if not NOT_DATA.fullmatch(row["file"])]
    unclaimed = {row["file"] for row in rows}
    for declaration in COLLECTIONS:
        pattern = re.compile(declaration["pattern"])
        members = [(row, match) for row in rows if (match := pattern.fullmatch(row["file"]))]
        if not members or not {row["file"] for row, _ in members} <= unclaimed:
            raise SystemExit(f"no file, or a file of another collection, matches {declaration['pattern']}")
        unclaimed -= {row["file"] for row, _ in members}
        collections.extend(_collections(declaration, members))
    if unclaimed:
        raise SystemExit(f"no collection claims {sorted(unclaimed)}")
    lines = ",\n".join(_compact(collection) for collection in collections)
    output.write_text(f'{{"collections": [\n{lines}\n]}}\n', encoding="utf-8")


def _collections(
    declaration: dict[str, Any], members: list[tuple[dict[str, str], re.Match[str]]]
) -> Iterator[dict[str, Any]]:
    """Split the members of a declaration by what must be common: repository, commit, licence."""
    groups: dict[tuple[str, str, str], list[list[Any]]] = {}
    for row, match in members:
        named = match.groupdict()
        version = named.get("version") or declaration["version"]
        file = [
            row["file"],
            row["path"],
            int(row["bytes"]),
            row["sha256"],
            named.get("region") or "",
            version,
        ]
        groups.setdefault((row["repository"], row["commit"], row["licence"]), []).append(file)
    for (repository, commit, licence), files in groups.items():
        common = {key: value for key, value in declaration.items() if key not in ("pattern", "version")}
        yield common | {
            "repository": repository,
            "commit": commit,
            "licence": licence,
            "redistributable": REDISTRIBUTABLE[licence],
            "derived_may_ship": licence != "no licence stated",
            "share_alike": "-SA-" in licence,
            "files": files,
        }


def _compact(collection: dict[str, Any]) -> str:
    """Return a collection as JSON with one line per file, so that a change shows as one line."""
    head = json.dumps({key: value for key, value in collection.items() if key != "files"}, sort_keys=True)
    files = ",\n".join(json.dumps(file, separators=(",", ":")) for file in collection["files"])
    return f'{head[:-1]}, "files": [\n{files}\n]}}'


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("manifests", type=Path, nargs="+")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    main(given.manifests, given.output)

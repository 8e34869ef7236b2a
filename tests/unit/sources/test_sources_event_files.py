"""Event files: one identifier each, one origin, one solution; what is left out is counted and named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from megathrust import sources
from megathrust.core import InputError, SourceError, moment_from_magnitude
from megathrust.sources._catalogues import read_comcat
from megathrust.sources._events import TENSOR

pytest.importorskip("obspy")


def ndk_event(name: str, *, depth: float = 20.0, place: str = "NEAR COAST OF CHILE") -> str:
    """One event of five lines: centroid 5.3 s later, 19 km deeper, Mw 5.73."""
    return (
        f"PDEW 2006/04/09 20:50:46.0 -20.45  -70.24 {depth:5.1f} 5.5 5.8 {place:<24.24}\n"
        f"{name:<16} B: 88  166  40 S: 96  189  50 M: 41   52 125 CMT: 1 TRIHD:  1.8\n"
        f"CENTROID:      5.3 0.1 -20.46 0.01  -70.73 0.01 {depth + 19.0:5.1f}  0.4 FREE S-20060726112355\n"
        "24  4.180 0.069 -1.700 0.046 -2.480 0.060 -1.050 0.052 -2.410 0.075 -2.280 0.038\n"
        "V10   4.975 73 100   0.120  8 216  -5.095 15 308   5.035  49 30  106 211 61   81\n"
    )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    depths=st.lists(st.floats(-8.0, 690.0).map(lambda depth: round(depth, 1)), min_size=1, max_size=4),
    end=st.sampled_from(["\n", "\r\n", "\n\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "latin-1"]),
)
def test_ndk_of_any_depth_line_end_and_encoding(
    tmp_path: Path, depths: list[float], end: str, encoding: str
) -> None:
    path = tmp_path / "a.ndk"
    events = [ndk_event(f"C{n}", depth=depth, place="Océano Pacífico") for n, depth in enumerate(depths)]
    path.write_bytes("".join(events).replace("\n", end).encode(encoding))
    frame = sources.read_obspy_events(path)
    assert frame["event_id"].tolist() == [f"C{n}" for n in range(len(depths))]
    np.testing.assert_allclose(frame["depth_km"], depths, atol=1e-9)
    assert (frame["mrr"] == 4.18e17).all()
    centroid = sources.read_obspy_events(path, position="centroid")
    assert ((centroid["time"] - frame["time"]).dt.total_seconds() == 5.3).all()
    assert (centroid["lon"] == -70.73).all()


def test_skipped_ndk_events_are_counted_and_named(tmp_path: Path) -> None:
    broken = ndk_event("BROKEN").replace("CENTROID:", "CENTROYD:")
    # A last line without its second nodal plane.
    short = ndk_event("SHORT").replace("106 211 61   81", "106")
    (tmp_path / "a.ndk").write_text(ndk_event("A") + broken + short + ndk_event("B") + ndk_event("CUT")[:200])
    frame = sources.read_obspy_events(tmp_path / "a.ndk")
    assert frame["event_id"].tolist() == ["A", "B"]
    record = sources.row_record(frame)
    assert (record.unit, record.read, record.used) == ("events", 5, 2)
    assert dict(record.left_out) == {"unreadable (BROKEN, SHORT, CUT)": 3}
    (tmp_path / "b.ndk").write_text(broken)
    with pytest.raises(SourceError, match="holds no event with a place"):
        sources.read_obspy_events(tmp_path / "b.ndk")


def test_events_of_one_identifier_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ndk").write_text(ndk_event("A") + ndk_event("A"))
    with pytest.raises(SourceError, match=r"do not have an identifier each .*A in 2 events"):
        sources.read_obspy_events(tmp_path / "a.ndk")
    row = "2011-03-11T05:46:24Z,2021,0,0,0,38,142,29\n"
    text = "usgs_id,usgs_mag,event_at,a,b,c,d,latitude,longitude,depth\n"
    for identifier in ("us1", ""):
        (tmp_path / "b.csv").write_text(text + f"{identifier},9,{row}{identifier},8,{row}us2,7,{row}")
        with pytest.raises(SourceError, match="do not have an identifier each"):
            read_comcat(tmp_path / "b.csv")


def quakeml(*events: str) -> str:
    return (
        '<q:quakeml xmlns:q="http://quakeml.org/xmlns/quakeml/1.2" xmlns="http://quakeml.org/xmlns/bed/1.2" '
        'xmlns:catalog="http://anss.org/xmlns/catalog/0.1"><eventParameters publicID="smi:a/b">'
        + "".join(events)
        + "</eventParameters></q:quakeml>"
    )


def event(name: str, *parts: str, anss: str = "") -> str:
    text = "<description><text>Tohoku</text><type>earthquake name</type></description>"
    return f'<event publicID="smi:a/{name}"{anss}>{text}{"".join(parts)}</event>'


def origin(name: str, second: int, lon: float, depth_m: float) -> str:
    return (
        f'<origin publicID="smi:a/{name}"><time><value>2012-04-11T08:38:{second:02d}Z</value></time>'
        f"<longitude><value>{lon}</value></longitude><latitude><value>2</value></latitude>"
        f"<depth><value>{depth_m}</value></depth><type>hypocenter</type></origin>"
    )


def magnitude(name: str, size: float, kind: str = "Mw", agency: str = "") -> str:
    by = f"<creationInfo><agencyID>{agency}</agencyID></creationInfo>" if agency else ""
    inner = f"<mag><value>{size}</value></mag><type>{kind}</type>{by}"
    return f'<magnitude publicID="smi:a/{name}">{inner}</magnitude>'


def mechanism(
    name: str, strike: float, moment: float, *, tensor: float = 0.0, agency: str = "", magnitude: str = ""
) -> str:
    by = f"<creationInfo><agencyID>{agency}</agencyID></creationInfo>" if agency else ""
    own = f"<momentMagnitudeID>smi:a/{magnitude}</momentMagnitudeID>" if magnitude else ""
    elements = dict.fromkeys(("Mrr", "Mtt", "Mpp", "Mrt", "Mrp", "Mtp"), 0.0) | {
        "Mrr": tensor,
        "Mpp": -tensor,
    }
    inner = "".join(f"<{key}><value>{value:e}</value></{key}>" for key, value in elements.items())
    return (
        f'<focalMechanism publicID="smi:a/{name}"><nodalPlanes><nodalPlane1><strike><value>{strike}</value>'
        "</strike><dip><value>20</value></dip><rake><value>90</value></rake></nodalPlane1></nodalPlanes>"
        f'<momentTensor publicID="smi:a/{name}/t"><derivedOriginID>smi:a/o</derivedOriginID>{own}'
        f"<scalarMoment><value>{moment:e}</value></scalarMoment>"
        + (f"<tensor>{inner}</tensor>" if tensor else "")
        + f"</momentTensor>{by}</focalMechanism>"
    )


def read(path: Path, *events: str, **options) -> pd.DataFrame:
    path.write_text(quakeml(*events))
    return sources.read_obspy_events(path, **options)


@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_time_and_place_are_of_the_preferred_origin(tmp_path: Path, chosen: int) -> None:
    origins = [origin(f"o{n}", 10 + n, 90.0 + n, 1e4 * n - 500.0) for n in range(3)]
    preferred = f"<preferredOriginID>smi:a/o{chosen}</preferredOriginID>"
    frame = read(tmp_path / "a.xml", event("e", preferred, *origins, magnitude("m", 8.6)))
    row = frame.iloc[0]
    assert (row["time"].second, row["lon"], row["depth_km"]) == (
        10 + chosen,
        90.0 + chosen,
        10.0 * chosen - 0.5,
    )


def test_identifiers_are_never_names_of_places(tmp_path: Path) -> None:
    anss = ' catalog:eventsource="us" catalog:eventid="7000kx7j"'
    body = (origin("o", 1, 90.0, 1e4), magnitude("m", 7.0))
    frame = read(tmp_path / "a.xml", event("one", *body), event("two", *body), event("x", *body, anss=anss))
    assert frame["event_id"].tolist() == ["smi:a/one", "smi:a/two", "us7000kx7j"]
    with pytest.raises(SourceError, match="smi:a/one in 2 events"):
        read(tmp_path / "a.xml", event("one", *body), event("one", *body))


def test_events_without_origin_or_time_are_counted(tmp_path: Path) -> None:
    timeless = '<origin publicID="smi:a/t"><longitude><value>1</value></longitude></origin>'
    frame = read(
        tmp_path / "a.xml",
        event("whole", origin("o", 1, 90.0, 1e4), magnitude("m", 7.0)),
        event("bare", magnitude("n", 7.0)),
        event("timeless", timeless),
    )
    record = sources.row_record(frame)
    assert (record.read, record.used) == (3, 1)
    assert dict(record.left_out) == {"without an origin time": 1, "without a preferred origin": 1}
    wanting = event("e", "<preferredMagnitudeID>smi:a/none</preferredMagnitudeID>", origin("o", 1, 90.0, 1e4))
    record = sources.row_record(read(tmp_path / "b.xml", wanting))
    assert dict(record.withheld) == {"preferences for what the file lacks": 1}
    with pytest.raises(InputError, match="unknown position"):
        sources.read_obspy_events(tmp_path / "a.xml", position="somewhere")


M65, M70 = (float(moment_from_magnitude(size)) for size in (6.5, 7.0))


@pytest.mark.parametrize(
    ("preferred", "strike"),
    [
        ("<preferredMagnitudeID>smi:a/own</preferredMagnitudeID>", 3.0),
        ("<preferredMagnitudeID>smi:a/gcmt</preferredMagnitudeID>", 2.0),
        ("<preferredFocalMechanismID>smi:a/f1</preferredFocalMechanismID>", 1.0),
        ("", 2.0),
    ],
)
def test_magnitude_and_mechanism_are_of_one_solution(tmp_path: Path, preferred: str, strike: float) -> None:
    parts = (
        origin("o", 1, 90.0, 1e4),
        magnitude("gcmt", 6.5, agency="GCMT"),
        magnitude("own", 7.0),
        magnitude("us", 6.5, agency="US"),
        mechanism("f1", 1.0, M65, agency="US"),
        mechanism("f2", 2.0, M65, tensor=M65, agency="GCMT"),
        mechanism("f3", 3.0, M70, magnitude="own"),
    )
    row = read(tmp_path / "a.xml", event("e", preferred, *parts)).iloc[0]
    assert row["strike1"] == strike
    assert row["moment_n_m"] == pytest.approx(moment_from_magnitude(row["magnitude"]), rel=1e-3)


@settings(max_examples=60, deadline=None)
@given(
    size=st.floats(5.0, 9.5),
    misfit=st.floats(-3.0, 3.0).filter(lambda x: abs(abs(x) - 0.3) > 1e-3),
    tensor_misfit=st.floats(-3.0, 3.0).filter(lambda x: abs(abs(x) - 0.3) > 1e-3),
    kind=st.sampled_from(["Mw", "MW", "Mwc", "mww", "Ms", "mb"]),
)
def test_moments_that_do_not_fit_their_mw_are_withheld(
    size: float, misfit: float, tensor_misfit: float, kind: str
) -> None:
    moment, tensor = (float(moment_from_magnitude(size + off)) for off in (misfit, tensor_misfit))
    frame = sources._events.event_frame(
        Path("a.csv"),
        {
            "event_id": ["a", "b"],
            "time": pd.to_datetime(["2000-01-01", "2000-01-02"], utc=True),
            "lon": 1.0,
            "lat": 2.0,
            "magnitude": size,
            "magnitude_type": kind,
            "moment_n_m": [moment, np.nan],
            **dict.fromkeys(TENSOR, 0.0),
            "mrr": [tensor, np.nan],
            "mpp": [-tensor, np.nan],
        },
        source="me",
        citation="me",
    )
    is_mw = kind.lower().startswith("mw")
    first, record = frame.iloc[0], sources.row_record(frame)
    assert np.isnan(first["moment_n_m"]) == (is_mw and abs(misfit) > 0.3)
    assert np.isnan(first["mrr"]) == (is_mw and abs(tensor_misfit) > 0.3)
    assert first["magnitude"] == size
    assert sum(record.withheld.values()) == int(np.isnan(first["moment_n_m"])) + int(np.isnan(first["mrr"]))
    assert all("(a)" in reason for reason in record.withheld)


def test_the_moment_of_1954_is_withheld(data_dir: Path) -> None:
    frame = sources.read_source("catalogues/isc-gem-v3.csv", data_dir=data_dir)
    assert np.isnan(frame.loc[frame["event_id"] == "iscgem891003", "moment_n_m"]).all()
    assert sum(sources.row_record(frame).withheld.values()) == 1

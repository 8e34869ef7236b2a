"""Great earthquakes whose rupture along the trench is published, and great ones that broke no interface.

Ends stand for the aftershock zone, the coseismic deformation or the source model in the reference, rounded
to about half a degree and not digitised from its figures: good for 50 km segments, not for finer ones.
Where only the length is well known, it is laid around the epicentre. Where the literature agrees that an
event broke the interface but not how far, the scaling relation says how far.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PublishedRupture:
    """What the literature says of one event.

    Attributes
    ----------
    name : str
        Name of the event.
    date : str
        Day of the origin time in UTC; historical ones within a day.
    region : str
        Slab2 code of the trench.
    magnitude : float
        Mw as published; used where the catalogue has no Mw of the event, or not the event.
    reference : str
        Where the extent, or the reason, is from.
    ends : tuple of two (lon, lat), or None
        Ends of the rupture, anywhere across the trench.
    length_km : float or None
        Length where only that is known.
    epicentre : (lon, lat) or None
        Where no catalogue is needed to have the event.
    """

    name: str
    date: str
    region: str
    magnitude: float
    reference: str
    ends: tuple[tuple[float, float], tuple[float, float]] | None = None
    length_km: float | None = None
    epicentre: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class NotInterface:
    """A great event near an interface that did not break it, though depth and location alone would say so."""

    name: str
    date: str
    region: str
    reason: str
    reference: str


#: Both events raised great tsunamis on the coast above the interface, though their epicentres lie behind it.
TSUNAMI = "NOAA NCEI Global Historical Tsunami Database, doi:10.7289/V5PN93H7"

PUBLISHED_RUPTURES = (
    PublishedRupture(
        name="Cascadia",
        date="1700-01-27",
        region="cas",
        magnitude=9.0,
        epicentre=(-125.0, 45.0),
        ends=((-125.3, 40.5), (-128.3, 50.0)),
        reference="Satake et al. 2003, doi:10.1029/2003JB002521",
    ),
    PublishedRupture(
        name="Hoei",
        date="1707-10-28",
        region="ryu",
        magnitude=8.6,
        epicentre=(135.0, 33.0),
        ends=((132.7, 32.2), (138.5, 34.6)),
        reference="Ando 1975, Tectonophysics 27, 119-140",
    ),
    PublishedRupture(
        name="Lima",
        date="1746-10-29",
        region="sam",
        magnitude=8.6,
        epicentre=(-77.2, -11.9),
        length_km=350.0,
        reference="Dorbath et al. 1990, BSSA 80, 551-576",
    ),
    PublishedRupture(
        name="Mentawai",
        date="1797-02-10",
        region="sum",
        magnitude=8.6,
        epicentre=(99.0, -1.5),
        ends=((98.3, -0.7), (99.8, -3.2)),
        reference="Natawidjaja et al. 2006, doi:10.1029/2005JB004025",
    ),
    PublishedRupture(
        name="Mentawai",
        date="1833-11-24",
        region="sum",
        magnitude=8.8,
        epicentre=(100.5, -3.5),
        ends=((99.3, -2.0), (101.7, -5.0)),
        reference="Natawidjaja et al. 2006, doi:10.1029/2005JB004025",
    ),
    PublishedRupture(
        name="Ansei Tokai",
        date="1854-12-23",
        region="ryu",
        magnitude=8.4,
        epicentre=(137.8, 34.0),
        ends=((135.8, 33.3), (138.5, 34.7)),
        reference="Ando 1975, Tectonophysics 27, 119-140",
    ),
    PublishedRupture(
        name="Ansei Nankai",
        date="1854-12-24",
        region="ryu",
        magnitude=8.4,
        epicentre=(135.0, 33.0),
        ends=((132.7, 32.3), (135.8, 33.3)),
        reference="Ando 1975, Tectonophysics 27, 119-140",
    ),
    PublishedRupture(
        name="Arica",
        date="1868-08-13",
        region="sam",
        magnitude=8.8,
        epicentre=(-71.0, -17.7),
        length_km=500.0,
        reference="Dorbath et al. 1990, BSSA 80, 551-576; Comte & Pardo 1991, doi:10.1007/BF00126557",
    ),
    PublishedRupture(
        name="Iquique",
        date="1877-05-10",
        region="sam",
        magnitude=8.8,
        epicentre=(-70.5, -21.0),
        ends=((-70.4, -19.0), (-70.6, -23.0)),
        reference="Comte & Pardo 1991, doi:10.1007/BF00126557",
    ),
    PublishedRupture(
        name="Ecuador-Colombia",
        date="1906-01-31",
        region="sam",
        magnitude=8.6,
        epicentre=(-79.4, 1.6),
        ends=((-80.5, -0.5), (-78.5, 4.0)),
        reference="Kanamori & McNally 1982, BSSA 72, 1241-1260",
    ),
    PublishedRupture(
        name="Kuril",
        date="1918-09-07",
        region="kur",
        magnitude=8.1,
        reference=TSUNAMI,
    ),
    PublishedRupture(
        name="Atacama",
        date="1922-11-11",
        region="sam",
        magnitude=8.5,
        ends=((-70.6, -26.0), (-71.4, -29.5)),
        reference="Beck et al. 1998, J. South Am. Earth Sci. 11, 115-129",
    ),
    PublishedRupture(
        name="Kamchatka",
        date="1923-02-03",
        region="kur",
        magnitude=8.4,
        reference=TSUNAMI,
    ),
    PublishedRupture(
        name="Jalisco",
        date="1932-06-03",
        region="cam",
        magnitude=8.1,
        length_km=220.0,
        reference="Singh et al. 1985, BSSA 75, 1301-1313",
    ),
    PublishedRupture(
        name="Jalisco",
        date="1932-06-18",
        region="cam",
        magnitude=7.8,
        length_km=60.0,
        reference="Singh et al. 1985, BSSA 75, 1301-1313",
    ),
    PublishedRupture(
        name="Shumagin-Semidi",
        date="1938-11-10",
        region="alu",
        magnitude=8.3,
        ends=((-158.8, 54.5), (-154.9, 56.0)),
        reference="Davies et al. 1981, doi:10.1029/JB086iB05p03821",
    ),
    PublishedRupture(
        name="Lima",
        date="1940-05-24",
        region="sam",
        magnitude=8.2,
        length_km=180.0,
        reference="Beck & Ruff 1989, Phys. Earth Planet. Inter. 57, 199-224",
    ),
    PublishedRupture(
        name="Unimak",
        date="1946-04-01",
        region="alu",
        magnitude=8.6,
        length_km=180.0,
        reference="Lopez & Okal 2006, doi:10.1111/j.1365-246X.2006.02899.x",
    ),
    PublishedRupture(
        name="Kamchatka",
        date="1952-11-04",
        region="kur",
        magnitude=8.9,
        ends=((155.5, 48.9), (160.8, 53.2)),
        reference="Johnson & Satake 1999, Pure Appl. Geophys. 154, 541-553",
    ),
    PublishedRupture(
        name="Andreanof",
        date="1957-03-09",
        region="alu",
        magnitude=8.6,
        ends=((-179.9, 51.2), (-164.0, 53.5)),
        reference="Johnson et al. 1994, Pure Appl. Geophys. 142, 3-28",
    ),
    PublishedRupture(
        name="Kuril",
        date="1963-10-13",
        region="kur",
        magnitude=8.5,
        ends=((149.2, 44.5), (152.5, 46.0)),
        reference="Beck & Ruff 1987, doi:10.1029/JB092iB13p14123",
    ),
    PublishedRupture(
        name="Alaska",
        date="1964-03-28",
        region="alu",
        magnitude=9.2,
        ends=((-154.5, 56.3), (-144.5, 60.2)),
        reference="Plafker 1969, USGS Professional Paper 543-I",
    ),
    PublishedRupture(
        name="Rat Islands",
        date="1965-02-04",
        region="alu",
        magnitude=8.7,
        ends=((170.5, 53.0), (179.5, 51.3)),
        reference="Beck & Christensen 1991, doi:10.1029/90JB02092",
    ),
    PublishedRupture(
        name="Tumaco",
        date="1979-12-12",
        region="sam",
        magnitude=8.1,
        ends=((-79.5, 1.6), (-78.3, 3.6)),
        reference="Kanamori & McNally 1982, BSSA 72, 1241-1260",
    ),
)

NOT_INTERFACE = (
    NotInterface(
        name="Sanriku",
        date="1933-03-02",
        region="kur",
        reason="normal faulting in the outer rise",
        reference="Kanamori 1971, Phys. Earth Planet. Inter. 4, 289-300",
    ),
    NotInterface(
        name="Oaxaca",
        date="1931-01-15",
        region="cam",
        reason="normal faulting in the slab",
        reference="Singh et al. 1985, Nature 317, 56-58",
    ),
    NotInterface(
        name="Tensho",
        date="1586-01-18",
        region="ryu",
        reason="crustal faults of central Honshu",
        reference="Research Group for Active Faults of Japan 1991, University of Tokyo Press",
    ),
    NotInterface(
        name="Wairarapa",
        date="1855-01-23",
        region="ker",
        reason="crustal fault of the North Island",
        reference="Grapes & Downes 1997, Bull. N. Z. Natl. Soc. Earthq. Eng. 30, 271-368",
    ),
    NotInterface(
        name="Nobi",
        date="1891-10-27",
        region="ryu",
        reason="crustal fault of central Honshu",
        reference="Mikumo & Ando 1976, J. Phys. Earth 24, 63-87",
    ),
    NotInterface(
        name="Banda Sea",
        date="1938-02-01",
        region="sum",
        reason="in the Banda arc",
        reference="Okal & Reymond 2003, doi:10.1016/S0012-821X(03)00475-8",
    ),
    NotInterface(
        name="Chillan",
        date="1939-01-25",
        region="sam",
        reason="in the slab",
        reference="Beck et al. 1998, J. South Am. Earth Sci. 11, 115-129",
    ),
    NotInterface(
        name="Ancash",
        date="1970-05-31",
        region="sam",
        reason="normal faulting in the slab",
        reference="Abe 1972, Phys. Earth Planet. Inter. 5, 367-379",
    ),
)

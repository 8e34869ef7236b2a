"""Where the segments of the seed study lie on the Slab2 trench lines."""

from __future__ import annotations

from types import MappingProxyType

#: Kilometres to add to the seed study's s_km to get ours; all eight regions run in our direction.
#: alu, kur, sam, sum: median over the published segment positions of the difference to the arc length of
#: the nearest point of the shipped line (its line is another one: the difference drifts by up to 50 km along
#: a region, in sum and at the ends of alu by more). cam, izu, ker, ryu, whose positions are not
#: published: the lag, in steps of 10 km, at which the geoid of the upper-plate window fits EGO_UP_AVE best
#: (root mean square misfit 0.7, 2.7, 1.8, 0.9 m); on the first four regions this way is off by -52 to +78 km.
SEED_STUDY_ALIGNMENT = MappingProxyType(
    {
        "alu": -37.5,
        "cam": 490.0,
        "izu": 150.0,
        "ker": -170.0,
        "kur": 195.0,
        "ryu": 470.0,
        "sam": 261.5,
        "sum": 412.5,
    }
)

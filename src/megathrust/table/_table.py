"""The feature table: a checked frame, what its columns mean, where it came from, what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import (
    FloatArray,
    IntArray,
    TableError,
    did_you_mean,
    magnitude_classes,
    unknown_name,
)
from megathrust.features import ColumnDefinition
from megathrust.table._schema import KEY_COLUMNS, MAGNITUDE_UNIT, check_frame

if TYPE_CHECKING:
    import xarray as xr

# Magnitudes at or below this mark a segment without any event in the label's window (seed study: 1.0).
NO_EVENT_MAGNITUDE = 1.0
#: Features of seismicity leave out the event that gives the label, and so depend on the label.
SEISMICITY_PREFIX = "SEIS_"


#: Length of trench that counts as one observation of a target without ruptures, km; features are sampled in
#: windows of 300 km.
BLOCK_KM = 300.0


@dataclass(frozen=True)
class Exclusion:
    """One row or column that was left out, and why.

    Attributes
    ----------
    kind : str
        ``"row"`` or ``"column"``.
    name : str
        Column name, or ``region:segment``.
    reason : str
        Why it was left out.
    """

    kind: str
    name: str
    reason: str


@dataclass(frozen=True, repr=False)
class FeatureTable:
    """One row per trench segment: where it is, its features, its targets, the ruptures that gave them.

    Parameters
    ----------
    frame : DataFrame
        Columns ``region``, ``segment``, ``s_km``, ``lon``, ``lat``, then features, targets, rupture ids.
        Checked on construction.
    columns : mapping of str to ColumnDefinition
        Meaning, unit and role of every column of the frame.
    provenance : mapping
        Where the numbers come from (files, hashes, settings).
    exclusions : sequence of Exclusion
        Everything that was left out so far.

    Raises
    ------
    TableError
        If the frame breaks its schema; the sentence names the column and the first offending row.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> table = synthetic_table()
    >>> table
    FeatureTable(130 segments of 3 regions, 6 features, targets: MW)
    >>> table.features().shape, float(table["MW"].max())
    ((130, 6), 9.6)
    >>> table.columns["F0"].long_name, table.classes([8.0])[:4].tolist()
    ('feature F0', [1, 1, 1, 1])
    """

    frame: pd.DataFrame
    columns: Mapping[str, ColumnDefinition]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    exclusions: Sequence[Exclusion] = ()

    def __post_init__(self) -> None:
        # What a schema leaves out of the keys is known all the same.
        keys = {name: KEY_COLUMNS[name] for name in KEY_COLUMNS if name in self.frame}
        columns = {name: self.columns.get(name, key) for name, key in keys.items()} | dict(self.columns)
        object.__setattr__(self, "columns", MappingProxyType(columns))
        object.__setattr__(self, "exclusions", tuple(self.exclusions))
        object.__setattr__(self, "frame", check_frame(self.frame, self.columns))

    def __reduce__(self) -> tuple[Any, ...]:
        # The view of the columns cannot be pickled, and processes send tables to each other.
        return type(self), (self.frame, dict(self.columns), self.provenance, self.exclusions)

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, names: str | Sequence[str]) -> Any:
        """Return a column, or several as a frame.

        Raises
        ------
        TableError
            If the table has no such column.
        """
        wanted = [names] if isinstance(names, str) else list(names)
        for name in wanted:
            if name not in self.frame:
                raise unknown_name("column", name, dict.fromkeys(self.frame))
        return self.frame[names if isinstance(names, str) else wanted]

    def __repr__(self) -> str:
        return f"FeatureTable({self._in_words()})"

    def _repr_html_(self) -> str:
        return f"<p>{self._in_words()}</p>{self.frame.head(10)._repr_html_()}"

    def _in_words(self) -> str:
        regions = self.frame["region"].nunique()
        targets = ", ".join(self.target_names) or "none"
        size = f"{len(self)} segments of {regions} regions, {len(self.feature_names)} features"
        return f"{size}, targets: {targets}"

    def to_geodataframe(self) -> Any:
        """Return the frame as a GeoDataFrame of points at the segments' centres (WGS84).

        Raises
        ------
        TableError
            If geopandas is not installed.
        """
        try:
            geopandas = import_module("geopandas")
        except ImportError as error:
            raise TableError("a GeoDataFrame needs geopandas", action="pip install geopandas") from error
        points = geopandas.points_from_xy(self.frame["lon"], self.frame["lat"])
        return geopandas.GeoDataFrame(self.frame.copy(), geometry=points, crs="EPSG:4326")

    def to_xarray(self) -> xr.Dataset:
        """Return the frame as a dataset along ``segment``, with units and meanings as attributes.

        Examples
        --------
        >>> from megathrust.testing import synthetic_table
        >>> synthetic_table().to_xarray()["F1"].attrs["units"]
        '1'
        """
        import xarray as xr

        dataset = xr.Dataset.from_dataframe(self.frame.rename(columns={"segment": "segment_number"}))
        dataset = dataset.rename({"index": "segment"}).drop_vars("segment")
        for name, column in self.columns.items():
            own = "segment_number" if name == "segment" else name
            dataset[own].attrs = {"units": column.unit, "long_name": column.long_name}
        return dataset.set_coords(["region", "segment_number", "s_km", "lon", "lat"])

    def names(self, role: str) -> list[str]:
        """Return the names of the columns of one role, in the table's order."""
        return [name for name, definition in self.columns.items() if definition.role == role]

    @property
    def feature_names(self) -> list[str]:
        """Names of the feature columns, in order."""
        return self.names("feature")

    @property
    def target_names(self) -> list[str]:
        """Names of the target columns, the default target first."""
        return self.names("target")

    def features(self) -> FloatArray:
        """Return the features as an array of shape (segments, features)."""
        return np.asarray(self.frame[self.feature_names].to_numpy(dtype=np.float64))

    def magnitudes(self, target: str | None = None) -> FloatArray:
        """Return the largest observed magnitude of every segment, shape (segments,)."""
        return np.asarray(self.frame[self.target(target)].to_numpy(dtype=np.float64))

    def is_magnitude(self, target: str | None = None) -> bool:
        """Return whether a target is a magnitude, by its unit; else it is a number of another kind."""
        return self.columns[self.target(target)].unit == MAGNITUDE_UNIT

    def observed(self, target: str | None = None) -> FloatArray:
        """Return what is known of a target, shape (segments,): NaN where no event, or no value, is.

        Examples
        --------
        >>> from megathrust.testing import synthetic_table
        >>> bool(np.isfinite(synthetic_table().observed()).all())
        True
        """
        known = self.magnitudes(target)
        return np.where(known > NO_EVENT_MAGNITUDE, known, np.nan) if self.is_magnitude(target) else known

    def classes(self, thresholds: Sequence[float], target: str | None = None) -> IntArray:
        """Return the class of every segment: how many of the ``thresholds`` its magnitude reaches.

        A segment without an event falls in class 0, which says "none observed", not "none possible".
        """
        return magnitude_classes(self.magnitudes(target), thresholds)

    def target(self, name: str | None = None) -> str:
        """Return the name of a target column, the table's first one by default.

        Raises
        ------
        TableError
            If the table has no such target.
        """
        targets = self.target_names
        if name is None and targets:
            return targets[0]
        if name not in targets:
            raise TableError(
                "the table has no such target",
                given=name,
                allowed=", ".join(targets) or "none in this table",
                action=did_you_mean(str(name), targets),
            )
        return name

    def ruptures(self, target: str | None = None) -> IntArray:
        """Return a rupture number per segment: segments that one event gave their label share it.

        Where the table names no ruptures, neighbouring segments of one region with the same label are
        taken for one rupture, and neighbouring segments without an event for one group. Of a target that is
        no magnitude, stretches of ``BLOCK_KM`` along a trench stand in for ruptures: neighbours are no
        independent observations.
        """
        if not self.is_magnitude(target):
            block = np.floor(self.frame["s_km"].to_numpy() / BLOCK_KM).astype(np.int64)
            return np.asarray(
                pd.factorize(self.frame["region"].astype(str) + ":" + block.astype(str))[0], np.int64
            )
        column = f"{self.target(target)}_rupture"
        keys = self.frame["region"].astype(str)
        if column in self.frame:
            named = self.frame[column]
            keys = named.where(named.notna(), keys + ":" + _runs(self.frame, self.target(target)).astype(str))
        else:
            keys = keys + ":" + _runs(self.frame, self.target(target)).astype(str)
        return np.asarray(pd.factorize(keys)[0], dtype=np.int64)

    def blocks(self, rows: int) -> Iterator[FeatureTable]:
        """Give the table in blocks of rows."""
        for start in range(0, len(self), rows):
            yield replace(self, frame=self.frame.iloc[start : start + rows])

    def select_rows(self, keep: npt.ArrayLike, reason: npt.ArrayLike) -> FeatureTable:
        """Return the table with the rows where ``keep`` holds, each other row recorded with its reason."""
        mask = np.asarray(keep, dtype=bool)
        reasons = np.broadcast_to(np.asarray(reason, dtype=object), mask.shape)
        left_out = [
            Exclusion("row", f"{region}:{segment}", str(why))
            for region, segment, why in zip(
                self.frame["region"][~mask], self.frame["segment"][~mask], reasons[~mask], strict=True
            )
        ]
        return replace(
            self,
            frame=self.frame.loc[mask].reset_index(drop=True),
            exclusions=(*self.exclusions, *left_out),
        )

    def drop_columns(self, names: Sequence[str], reason: str) -> FeatureTable:
        """Return the table without some columns, each recorded with the reason."""
        unknown = [name for name in names if name not in self.columns]
        if unknown:
            raise TableError(
                "columns to drop are not in the table",
                given=", ".join(unknown),
                allowed=", ".join(self.feature_names),
            )
        return replace(
            self,
            frame=self.frame.drop(columns=list(names)),
            columns={name: definition for name, definition in self.columns.items() if name not in names},
            exclusions=(*self.exclusions, *(Exclusion("column", name, reason) for name in names)),
        )


def _runs(frame: pd.DataFrame, target: str) -> pd.Series:
    """Count the runs of equal labels along each trench."""
    magnitude = frame[target].clip(lower=NO_EVENT_MAGNITUDE)
    starts = (magnitude != magnitude.shift()) | (frame["region"] != frame["region"].shift())
    return starts.cumsum()

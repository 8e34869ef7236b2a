"""The model card that is written with every saved model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from megathrust.models._columns import prediction_columns
from megathrust.models._heads import MAGNITUDE_LOSSES
from megathrust.models._saved import SavedModel

_UNKNOWN = "not recorded"

# Pipes are escaped where the tables are made.
_ESCAPES = str.maketrans({"<": "&lt;", ">": "&gt;", "`": "'", "\\": r"\\"})

# Names in a table of features; more are counted only, model.json has them all.
_FEATURES_LISTED = 80


def model_card(model: SavedModel) -> str:
    """Return the card of a model as Markdown.

    Sections follow Mitchell et al. (2019): details, outputs, intended use, data, protocol, scores with rivals
    and nulls, verdict, limits, how to load. What the model's notes do not hold is said to be not recorded.

    Parameters
    ----------
    model : SavedModel
        Its notes may hold ``title``, ``target``, ``target_long_name``, ``protocol``, ``exclusion_km``,
        ``training_regions``, ``training_data`` (mappings with ``name``, ``reference``, ``licence``),
        ``score`` (name of the score), ``scores`` (mappings with ``model``, ``value``, ``low``, ``high``, the
        mean over scenarios),
        ``verdict`` (sentences), ``verdict_passed`` (bool), ``further`` (mappings with the four entries
        before, of what else the networks predict), ``temperature`` (by fold), ``imported``
        (``scaling``, ``head``, ``head_said``), ``applicability``
        (``threshold``, ``weights``), ``class_sets`` (``coverage``, ``groups``, ``threshold`` and
        ``held_out``, a list of mappings with ``region``, ``rows``, ``coverage``, ``low``, ``high``,
        ``coverage_<class>``, ``mean_set_size``, and ``classes``, the same of each class),
        ``magnitude_ranges`` (``coverage``, ``groups``, ``margin`` and ``held_out``, with ``mean_width``),
        ``feature_sources`` (by feature, what it was made from), ``may_be_missing`` (features that some
        training segments lacked) and ``versions``.

    References
    ----------
    Mitchell et al. (2019), doi:10.1145/3287560.3287596.
    """
    # Names and notes may come from a stranger's table: they are text, never markup.
    model = replace(
        model,
        notes=_escaped(model.notes),
        feature_names=tuple(map(_escaped, model.feature_names)),
        feature_units=tuple(map(_escaped, model.feature_units)),
        members=tuple(map(_escaped, model.members)),
        folds={_escaped(name): segments for name, segments in model.folds.items()},
    )
    notes = model.notes
    sections = {
        "": _verdict(notes),
        "Model details": _details(model),
        "What it predicts": _outputs(model),
        "Intended use": _intended_use(model),
        "Training data and licences": _training_data(notes),
        "Evaluation protocol": _protocol(model),
        "Scores, with rivals and nulls": "\n\n".join(
            [_scores(notes), *(f"{_verdict(more)}\n\n{_scores(more)}" for more in notes.get("further", ()))]
        ),
        "Where it may be applied": _applicability(notes),
        "Class sets": _class_sets(notes),
        "Ranges of the magnitude": _magnitude_ranges(notes),
        "Limits": _limits(model),
        "What it needs": _needs(model),
        "How to load": _HOW_TO_LOAD,
        "Features": _features(model),
    }
    if not model.stack.architecture.heads.classes:
        del sections["Class sets"]
    if not model.stack.architecture.heads.magnitude_outputs:
        del sections["Ranges of the magnitude"]
    parts = [f"# {notes.get('title', 'Model card: which trench segments host great earthquakes')}"]
    for title, text in sections.items():
        parts += [f"## {title}", text] if title else [text]
    return "\n\n".join(parts) + "\n"


_LIMITS = """\
- The label is the largest magnitude *observed* in a window that is short against the recurrence of great
  earthquakes. No event is censored, not small: neither a low probability nor a small predicted magnitude says
  that a segment cannot host one.
- Segments are no independent samples. The sample behind all scores is the number of ruptures, not of rows.
- Predictions are not hazard: there is no rate and no time in them.
- A prediction on a segment that most members were trained on (`trained_on_share`) is no test.
- Relevance explains this model, not the Earth; for a model that fails its verdict it explains nothing."""

_HOW_TO_LOAD = """\
```bash
megathrust predict --model FOLDER --table TABLE.csv --out predicted.csv
```

```python
import megathrust as mt

model = mt.load_model("FOLDER")
frame = mt.predict(model, mt.open_table("TABLE.csv", label_required=False))
```

The folder holds no pickle: `model.json`, `weights.safetensors` and, where there are any,
`arrays.safetensors`, both proved by their SHA-256 when they are loaded."""


def _escaped(value: Any) -> Any:
    """Return text, or all text within lists and mappings, as Markdown that says just this."""
    if isinstance(value, str):
        return " ".join(value.split()).translate(_ESCAPES).replace("](", r"]\(")
    if isinstance(value, Mapping):
        return {_escaped(key): _escaped(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(each) for each in value]
    return value


def _verdict(notes: Mapping[str, Any]) -> str:
    sentences = list(notes.get("verdict", ()))
    if not sentences:
        return "> **NO VERDICT: never compared with rivals and nulls. DO NOT READ THIS MODEL AS A FINDING.**"
    passed = notes.get("verdict_passed")
    lines = [f"> **{sentence}**" for sentence in sentences]
    if passed is not True:
        lines.append("> **DO NOT READ THIS MODEL AS A FINDING.**")
    return "\n>\n".join(lines)


def _details(model: SavedModel) -> str:
    architecture = model.stack.architecture
    versions = ", ".join(
        f"{name} {version}" for name, version in sorted(model.notes.get("versions", {}).items())
    )
    folds = len({str(member.get("fold")) for member in model.members})
    hidden = " x ".join(str(width) for width in architecture.hidden)
    return "\n".join(
        [
            f"- A stack of {model.stack.members} fully connected networks"
            + (f" over {folds} folds" if folds > 1 else "")
            + "; a prediction is their mean.",
            f"- {architecture.n_features} features"
            + (f", {seen} of them seen by each network" if (seen := architecture.features_seen) else "")
            + (f", hidden matrices shared by {count}" if (count := architecture.shared_by) > 1 else "")
            + f"; encoding: {architecture.encoding}"
            + (f" ({architecture.encoding_units} units)" if architecture.encoding != "none" else "")
            + f"; hidden layers {hidden} ({architecture.activation}, batch norm: {architecture.batch_norm}); "
            f"{architecture.n_outputs} outputs.",
            *_imported(model.notes.get("imported")),
            f"- Versions: {versions or _UNKNOWN}.",
        ]
    )


def _imported(told: Mapping[str, Any] | None) -> list[str]:
    """Return how networks that were trained elsewhere scale features and make probabilities."""
    if not told:
        return []
    head = {"softmax": "softmax", "sigmoid": "sigmoids of their own, one per class, over their sum"}
    said = "" if told["head_said"] else " (assumed: neither their layers nor whoever gave them said it)"
    return [
        f"- Trained elsewhere. Features scaled by {told['scaling']}; probabilities by "
        f"{head[told['head']]}{said}."
    ]


def _outputs(model: SavedModel) -> str:
    heads, lines = model.stack.architecture.heads, []
    if heads.classes:
        kind = "cumulative logits of ordered classes" if heads.ordinal else "one logit per class"
        kind += ", a yes or no each" if heads.sigmoid else ""
        thresholds = ", ".join(f"{threshold:g}" for threshold in model.thresholds) or "none"
        if found := model.notes.get("temperature"):
            told = ", ".join(f"{value:.2f} ({fold})" for fold, value in found.items())
            kind += f", divided by temperatures fitted inside the folds: {told}"
        lines.append(
            f"- Probabilities of {heads.classes} classes parted at Mw {thresholds} ({kind}); class 0 lies "
            "below every threshold."
        )
    if heads.magnitude_outputs:
        unit = str(model.notes.get("target_unit") or "Mw")
        what = "The magnitude Mw of the target" if unit == "Mw" else f"The target itself, in {unit}"
        scale = "its rank among the training rows" if heads.uniform else f"standardised {unit}"
        lines.append(f"- {what}, by a fit of {scale} with {MAGNITUDE_LOSSES[heads.magnitude]}.")
    if heads.gives_quantiles:
        levels = ", ".join(f"{level:g}" for level in heads.quantiles)
        lines.append(f"- Quantiles of that magnitude at the levels {levels}; `magnitude` is their median.")
    target = str(model.notes.get("target_long_name") or "largest observed Mw")
    columns = prediction_columns(heads, target=target)
    rows = [(f"`{column.name}`", column.unit, column.meaning) for column in columns]
    return "\n".join(lines) + "\n\n" + _table(("column", "unit", "meaning"), rows)


def _limits(model: SavedModel) -> str:
    heads, lines = model.stack.architecture.heads, [_LIMITS]
    if heads.magnitude_outputs:
        lines.append(
            "- `magnitude_spread` tells how far the networks disagree, not the error of a prediction."
        )
        if heads.uniform:
            lines.append("- No magnitude beyond the largest one in training can be predicted.")
        if heads.gives_quantiles:
            lines.append(
                "- Quantiles hold their share of training rows; held-out rows leave them more often."
            )
    return "\n".join(lines)


def _intended_use(model: SavedModel) -> str:
    target = model.notes.get("target_long_name") or model.notes.get("target") or "largest observed Mw"
    return "\n".join(
        [
            f"- Research on which trench segments host great earthquakes. Target: {target}.",
            "- Not for: hazard maps, building codes, insurance, forecasts with a date, single segments taken "
            "out of their context.",
        ]
    )


def _training_data(notes: Mapping[str, Any]) -> str:
    regions = ", ".join(notes.get("training_regions", ())) or _UNKNOWN
    lines = [f"Regions: {regions}.", ""]
    data = notes.get("training_data", ())
    if not data:
        return "\n".join([*lines, f"Sources and licences: {_UNKNOWN}."])
    rows = [(str(one["name"]), str(one["reference"]), str(one["licence"])) for one in data]
    return "\n".join([*lines, _table(("file", "source", "licence"), rows)])


def _protocol(model: SavedModel) -> str:
    notes = model.notes
    distance = notes.get("exclusion_km")
    rows = [(name, str(len(segments))) for name, segments in model.folds.items()]
    lines = [
        f"Held out by the protocol `{notes.get('protocol', _UNKNOWN)}`"
        + (f" with an exclusion distance of {distance:g} km." if isinstance(distance, int | float) else "."),
        "Everything that is fitted was fitted on training rows only.",
    ]
    if not notes.get("protocol"):
        lines.pop()
    return "\n".join(lines) + ("\n\n" + _table(("fold", "training segments"), rows) if rows else "")


def _scores(notes: Mapping[str, Any]) -> str:
    scores = notes.get("scores", ())
    if not scores:
        return f"Scores: {_UNKNOWN}."
    rows = [
        (str(one["model"]), _digits(one["value"]), f"{_digits(one['low'])} to {_digits(one['high'])}")
        for one in scores
    ]
    score = str(notes.get("score", "macro-F1"))
    table = _table(("model", score, "95 % interval"), rows)
    sentence = f"{score[0].upper()}{score[1:]} of held-out segments"
    over = notes.get("scored_over", "mean over scenarios")
    return f"{sentence}, {over}, by a bootstrap over ruptures.\n\n{table}"


def _applicability(notes: Mapping[str, Any]) -> str:
    domain = notes.get("applicability")
    if not domain:
        return f"Domain of applicability: {_UNKNOWN}; nothing warns of segments unlike the training rows."
    index = (
        "its dissimilarity index (Meyer & Pebesma 2021) exceeds "
        f"{domain.get('limit', domain['threshold']):.3f}; weights of the features: {domain['weights']}. "
    )
    if "limit" in domain:
        index = (
            "its features do not go together, or one lies beyond the training segments, further than in "
            f"held-out segments, or {index}The threshold that the authors of the index propose is "
            f"{domain['threshold']:.3f}; it flags nothing alone. "
        )
    return (
        f"A segment is flagged as not applicable where {index}"
        "Scores above hold for applicable segments at best."
    )


def _class_sets(notes: Mapping[str, Any]) -> str:
    sets = notes.get("class_sets")
    if not sets:
        return f"Class sets: {_UNKNOWN}."
    of_class = [name for name in sets["held_out"][0] if name.startswith("coverage_")]
    rows = [
        (
            str(one["region"]),
            str(one["rows"]),
            f"{one['coverage']:.2f}",
            f"{one['low']:.2f} to {one['high']:.2f}" if "low" in one else _UNKNOWN,
            *(_share(one[name]) for name in of_class),
            f"{one['mean_set_size']:.2f}",
        )
        for one in sets["held_out"]
    ]
    classes = [f"of class {name.removeprefix('coverage_')}" for name in of_class]
    whole = "" if "classes" not in sets else _classes_held(sets)
    return (
        f"Calibrated on held-out segments for a coverage of {sets['coverage']:.2f}, each {sets['groups']} "
        "with equal weight. The promise supposes that groups are exchangeable, which along trenches they "
        "are not. Measured in each region with the others as calibration:\n\n"
        + _table(("region", "segments", "coverage", "by chance", *classes, "mean size of the set"), rows)
        + whole
    )


def _classes_held(sets: Mapping[str, Any]) -> str:
    """Return what sets hold of each class beside what chance allows."""
    header = ("class", "segments", f"{sets['groups']}s", "coverage", "by chance", "cannot tell")
    rows = [
        (
            str(one["number"]),
            str(one["rows"]),
            str(one["groups"]),
            f"{one['coverage']:.2f}",
            f"{one['low']:.2f} to {one['high']:.2f}",
            f"{one['cannot_tell']:.2f}",
        )
        for one in sets["classes"]
    ]
    return f"\n\nAnd for each class, every {sets['groups']} left out in turn:\n\n" + _table(header, rows)


def _magnitude_ranges(notes: Mapping[str, Any]) -> str:
    ranges = notes.get("magnitude_ranges")
    if not ranges:
        return f"Calibrated ranges: {_UNKNOWN}."
    margin, groups = ranges["margin"], ranges["groups"]
    if margin is None:
        return f"None: too few {groups}s for a coverage of {ranges['coverage']:.2f}."
    header = ("region", "segments", "coverage", "mean width (units of Mw)")
    rows = [
        (str(one["region"]), str(one["rows"]), f"{one['coverage']:.2f}", _digits(one["mean_width"]))
        for one in ranges["held_out"]
    ]
    return (
        "Columns `magnitude_low` and `magnitude_high`: predicted ranges grown by "
        f"{margin:+.3f} units of Mw on either side, calibrated on held-out segments with an event for a "
        f"coverage of {ranges['coverage']:.2f}, each {groups} with equal weight. The promise supposes that "
        "groups are exchangeable, which along trenches they are not. Measured in each region with the "
        "others as calibration:\n\n" + _table(header, rows)
    )


def _needs(model: SavedModel) -> str:
    """Say which columns a table must have, by what they are made from."""
    sentence = (
        "A table with every column under Features, except those that are made from the table itself when the "
        "model is applied. A segment that lacks one of them gets no numbers"
    )
    optional = [name for name in model.notes.get("may_be_missing", ()) if name in model.feature_names]
    if optional:
        sentence += f", unless it is one that some training segments lacked, too: {', '.join(optional)}"
    sentence += "."
    sources = model.notes.get("feature_sources")
    if not sources:
        return f"{sentence} What they were made from: {_UNKNOWN}."
    groups: dict[str, list[str]] = {}
    for name in model.feature_names:
        groups.setdefault(str(sources.get(name) or _UNKNOWN), []).append(name)
    rows = [(source, ", ".join(names)) for source, names in groups.items()]
    return f"{sentence}\n\n" + _table(("made from", "features"), rows)


def _features(model: SavedModel) -> str:
    rows = list(zip(model.feature_names, model.feature_units, strict=True))
    more = len(rows) - _FEATURES_LISTED
    table = _table(("feature", "unit"), rows[:_FEATURES_LISTED])
    return table + (f"\n\nand {more} more, see model.json" if more > 0 else "")


def _share(value: float | None) -> str:
    return "none there" if value is None else f"{value:.2f}"


def _digits(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)

// The world map: drawn anew when the view changes, coloured anew when anything else does.
const mapBox = document.getElementById("map");
const map = draw("svg", { id: "world", role: "group", "aria-label": "Map of the segments" });
const parts = Object.fromEntries(
  ["sea", "graticule", "land", "boundaries", "teeth", "left-out", "ruptures", "folds", "mark", "casing", "segments"].map(
    (name) => [name, name === "ruptures" || name === "folds" ? draw("g") : draw("path", { class: name })],
  ),
);
parts.segments = draw("g", {
  id: "segments",
  role: "listbox",
  tabindex: "0",
  "aria-label": "Segments: arrows left and right go along the trench, up and down to other trenches, Enter opens the card",
});
const segmentPaths = segments.key.map((key, place) =>
  draw("path", { role: "option", id: `segment-${place}`, class: "segment", "aria-selected": "false" }),
);
parts.segments.append(...segmentPaths);
map.append(...Object.values(parts));

function drawMap() {
  frame.width = Math.max(mapBox.clientWidth, 280);
  frame.height = Math.round(Math.min(Math.max(frame.width * 0.5, 320), 560));
  map.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
  map.setAttribute("height", frame.height);
  placeProjection();
  const on = (name) => state.layers.has(name);
  const shape = (name, object) => parts[name].setAttribute("d", (object && pathOf(object)) ?? "");
  shape("sea", { type: "Sphere" });
  shape("graticule", world.graticule);
  shape("land", on("land") ? (state.view.zoom < 3 ? world.coarse : world.fine) : null);
  shape("boundaries", on("boundaries") ? world.boundaries : null);
  parts.teeth.setAttribute("d", on("teeth") ? teethText() : "");
  if (on("ruptures")) drawRuptures(parts.ruptures);
  else parts.ruptures.replaceChildren();
  if (on("folds")) drawFolds(parts.folds);
  else parts.folds.replaceChildren();
  drawSegments();
  markSelected();
}

function drawSegments() {
  const casing = [];
  const out = [];
  segmentPaths.forEach((path, place) => {
    const points = segments.line[place] === null ? [] : flatRun([place]);
    const text = lineText(points);
    if (segments.left_out[place]) out.push(text);
    else casing.push(text);
    path.setAttribute("d", segments.left_out[place] ? "" : text);
  });
  parts.casing.setAttribute("d", casing.join(""));
  parts["left-out"].setAttribute("d", state.layers.has("left-out") ? out.join("") : "");
}

function colourSegments() {
  const variable = variables.get(state.variable);
  segmentPaths.forEach((path, place) => {
    path.style.stroke = colourAt(variable, place);
    path.classList.toggle("faded", !isShown(place));
    path.setAttribute("aria-label", spoken(variable, place));
  });
  showKey(document.getElementById("map-key"), variable);
}

function spoken(variable, place) {
  if (segments.left_out[place]) return `${titleOf(place)}: left out of the run`;
  return `${titleOf(place)}: ${variable.label} ${plainValue(variable, variable.values[place])}`;
}

function markSelected() {
  const place = state.selected;
  parts.mark.setAttribute("d", place === null || segments.line[place] === null ? "" : lineText(flatRun([place])));
}

function showSelected() {
  markSelected();
  for (const path of parts.segments.querySelectorAll('[aria-selected="true"]')) path.setAttribute("aria-selected", "false");
  if (state.selected === null) return;
  segmentPaths[state.selected].setAttribute("aria-selected", "true");
  parts.segments.setAttribute("aria-activedescendant", `segment-${state.selected}`);
}

/** Bring the selected segment into the frame. */
function followSelected() {
  const place = state.selected;
  if (place === null || segments.line[place] === null) return;
  const [x, y] = pointOf(...centreOf(place));
  const inside = x > 20 && y > 20 && x < frame.width - 20 && y < frame.height - 20;
  if (!inside) moveTo(...centreOf(place), state.view.zoom);
}

function startMap() {
  mapBox.replaceChildren(map);
  let waiting = false;
  onChange((what) => {
    if (what.has("variable") || what.has("filter")) colourSegments();
    if (what.has("selection")) showSelected();
    if (!(what.has("view") || what.has("layers")) || waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      drawMap();
    });
  });
  new ResizeObserver(() => changed("view")).observe(mapBox);
  drawMap();
  colourSegments();
}

// The map's projection: Equal Earth, turned so that what is looked at lies on the central meridian.
// D3 cuts at the antimeridian of the turned globe and at the frame.
const frame = { width: 960, height: 500 };
const projection = d3.geoEqualEarth().precision(0.3);
const pathOf = d3.geoPath(projection).digits(1);
const ZOOMS = { least: 1, most: 60 };

function placeProjection() {
  const { lon, lat, zoom } = state.view;
  const whole = Math.min(frame.width / 5.42, frame.height / 2.64);
  projection.rotate([-lon, 0]).scale(whole * zoom).translate([0, 0]).clipExtent(null);
  const [x, y] = projection([lon, lat]);
  const margin = 12;
  projection
    .translate([frame.width / 2 - x, frame.height / 2 - y])
    .clipExtent([[-margin, -margin], [frame.width + margin, frame.height + margin]]);
}

/** Point on the page of a longitude and latitude; outside the frame, too. */
function pointOf(lon, lat) {
  return projection([lon, lat]);
}

/** Shift the map by pixels. */
function pan(dx, dy) {
  const target = projection.invert([frame.width / 2 - dx, frame.height / 2 - dy]);
  if (target === null || !target.every(Number.isFinite)) return;
  moveTo(target[0], target[1], state.view.zoom);
}

/** Zoom by a factor; what lies at a point stays there. */
function zoomBy(factor, at = [frame.width / 2, frame.height / 2]) {
  const before = projection.invert(at);
  const zoom = Math.min(Math.max(state.view.zoom * factor, ZOOMS.least), ZOOMS.most);
  state.view.zoom = zoom;
  placeProjection();
  const after = projection.invert(at);
  const known = [...before, ...after].every(Number.isFinite);
  const lon = known ? state.view.lon + before[0] - after[0] : state.view.lon;
  const lat = known ? state.view.lat + before[1] - after[1] : state.view.lat;
  moveTo(lon, lat, zoom);
}

function moveTo(lon, lat, zoom) {
  // Zoomed out, the whole height of the world is in the frame and there is nowhere to go up or down.
  const reach = Math.max(0, 80 * (1 - 1 / zoom)) + 4;
  state.view = {
    lon: ((lon + 540) % 360) - 180,
    lat: Math.min(Math.max(lat, -reach), reach),
    zoom: Math.min(Math.max(zoom, ZOOMS.least), ZOOMS.most),
  };
  changed("view");
}

/** Look at some segments. */
function lookAt(places) {
  const points = places.filter((place) => segments.line[place] !== null).map(centreOf);
  if (points.length === 0) return;
  const [lon, lat] = d3.geoCentroid({ type: "MultiPoint", coordinates: points });
  const reach = Math.max(...points.map((point) => d3.geoDistance(point, [lon, lat]))) + 0.04;
  moveTo(lon, lat, Math.min(1.15 / reach, 7));
}

function centreOf(place) {
  return segments.line[place].slice(2, 4);
}

/** Place of the segment nearest to a point of the map, null if none is within the reach in pixels. */
function nearestPlace(x, y, reach = 24) {
  let best = null;
  let least = reach;
  for (let place = 0; place < count; place += 1) {
    if (segments.line[place] === null || !isDrawn(place)) continue;
    const [px, py] = pointOf(...centreOf(place));
    const distance = Math.hypot(px - x, py - y);
    if (distance < least) [best, least] = [place, distance];
  }
  return best;
}

function isDrawn(place) {
  return !segments.left_out[place] || state.layers.has("left-out");
}

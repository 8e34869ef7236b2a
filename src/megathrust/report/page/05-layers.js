// What the map shows beside its values: land, boundaries, teeth, ruptures, folds.

/** Whole hundredths of a degree, given as differences, back to degrees. */
function unpack(ring) {
  const points = [];
  let [x, y] = [0, 0];
  for (let i = 0; i < ring.length; i += 2) {
    x += ring[i];
    y += ring[i + 1];
    points.push([x / 100, y / 100]);
  }
  return points;
}

function land(polygons) {
  return { type: "MultiPolygon", coordinates: polygons.map((rings) => rings.map(unpack)) };
}

const world = {
  coarse: land(page.world.coarse),
  fine: land(page.world.fine),
  boundaries: { type: "MultiLineString", coordinates: page.world.boundaries.map(unpack) },
  graticule: d3.geoGraticule().step([20, 20])(),
};

/** Runs of segments that meet, each a list of places. */
function runsOf(places) {
  const runs = [];
  for (const place of places) {
    const last = runs.at(-1)?.at(-1);
    const meets = last !== undefined && endsMeet(last, place);
    if (meets) runs.at(-1).push(place);
    else runs.push([place]);
  }
  return runs;
}

function endsMeet(before, after) {
  const [a, b] = [segments.line[before], segments.line[after]];
  return Math.abs(a[4] - b[0]) < 1e-3 && Math.abs(a[5] - b[1]) < 1e-3;
}

/** Points of a run on the page; empty where the run leaves the frame far behind or crosses the cut. */
function flatRun(run) {
  const points = [];
  for (const place of run) {
    const line = segments.line[place];
    for (let i = points.length ? 2 : 0; i < 6; i += 2) points.push(pointOf(line[i], line[i + 1]));
  }
  const jumps = points.some((point, i) => i > 0 && Math.abs(point[0] - points[i - 1][0]) > 0.6 * worldWidth());
  const near = points.some(([x, y]) => x > -80 && y > -80 && x < frame.width + 80 && y < frame.height + 80);
  return jumps || !near ? [] : points;
}

function worldWidth() {
  return 5.4 * projection.scale();
}

/** A line beside another, to its right by some pixels. */
function beside(points, distance) {
  return points.map(([x, y], i) => {
    const [before, after] = [points[Math.max(i - 1, 0)], points[Math.min(i + 1, points.length - 1)]];
    const [dx, dy] = [after[0] - before[0], after[1] - before[1]];
    const length = Math.hypot(dx, dy) || 1;
    return [x - (dy / length) * distance, y + (dx / length) * distance];
  });
}

function lineText(points) {
  return points.length ? `M${points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}` : "";
}

/** Triangles along every trench that point to the upper plate, on the left of its line. */
function teethText() {
  const [gap, size] = [16, 5.5];
  let text = "";
  for (const run of allRuns()) {
    let walked = gap / 2;
    const points = flatRun(run);
    for (let i = 1; i < points.length; i += 1) {
      const [[ax, ay], [bx, by]] = [points[i - 1], points[i]];
      const length = Math.hypot(bx - ax, by - ay);
      for (; walked < length; walked += gap) {
        const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
        const [x, y] = [ax + ux * walked + uy * 2, ay + uy * walked - ux * 2];
        const tip = [x + uy * size, y - ux * size];
        text += lineText([[x - ux * size * 0.6, y - uy * size * 0.6], tip, [x + ux * size * 0.6, y + uy * size * 0.6]]);
        text += "Z";
      }
      walked -= length;
    }
  }
  return text;
}

let knownRuns = null;

function allRuns() {
  knownRuns ??= page.regions.flatMap((_, region) =>
    runsOf(orderOfRegion(region).filter((place) => segments.line[place] !== null)),
  );
  return knownRuns;
}

/** Lanes for ruptures of a region, such that those of one lane lie apart; the longest come first. */
function lanesOf(ruptures, extentOf = (rupture) => [rupture.start_km, rupture.end_km], space = 15) {
  const lanes = [];
  const order = [...ruptures].sort((a, b) => b.end_km - b.start_km - (a.end_km - a.start_km));
  for (const rupture of order) {
    const [from, to] = extentOf(rupture);
    const apart = ([start, end]) => to + space <= start || from - space >= end;
    const lane = lanes.find((each) => each.every((other) => apart(extentOf(other))));
    if (lane === undefined) lanes.push([rupture]);
    else lane.push(rupture);
  }
  return new Map(lanes.flatMap((lane, i) => lane.map((rupture) => [rupture, i])));
}

/** Brackets of great ruptures on the downgoing side, with year and magnitude where there is room. */
function drawRuptures(group) {
  group.replaceChildren();
  page.regions.forEach((_, region) => {
    const here = page.ruptures.filter((rupture) => rupture.region === region);
    const lanes = lanesOf(here);
    for (const rupture of here) drawRupture(group, region, rupture, lanes.get(rupture));
  });
}

function drawRupture(group, region, rupture, lane) {
  const inside = orderOfRegion(region).filter(
    (place) =>
      segments.line[place] !== null && segments.s_km[place] > rupture.start_km && segments.s_km[place] < rupture.end_km,
  );
  for (const run of runsOf(inside)) {
    const points = beside(flatRun(run), 7 + 5 * lane);
    if (points.length === 0) continue;
    group.append(draw("path", { class: "rupture", d: lineText(points) }));
    const [x, y] = points[Math.floor(points.length / 2)];
    const long = Math.hypot(points.at(-1)[0] - points[0][0], points.at(-1)[1] - points[0][1]) > 34;
    if (long && state.view.zoom >= 3) {
      const trench = flatRun(run);
      const outward = x < trench[Math.floor(trench.length / 2)][0] ? -1 : 1;
      const look = { class: "rupture-name", x: x + 5 * outward, y: y + 3, "text-anchor": outward < 0 ? "end" : "start" };
      group.append(draw("text", look, ruptureName(rupture)));
    }
  }
}

function ruptureName(rupture) {
  return `${rupture.year} Mw ${rupture.magnitude.toFixed(1)}`;
}

/** Lines on the upper side in the colours of the folds. */
function drawFolds(group) {
  const fold = variables.get("fold");
  group.replaceChildren();
  if (fold === undefined) return;
  for (const run of allRuns()) {
    for (const part of splitBy(run, (place) => fold.values[place])) {
      const points = beside(flatRun(part), -6);
      const line = draw("path", { class: "fold", d: lineText(points) });
      line.style.stroke = colourAt(fold, part[0]);
      group.append(line);
    }
  }
}

function splitBy(run, valueOf) {
  const parts = [];
  for (const place of run) {
    if (parts.length && valueOf(parts.at(-1)[0]) === valueOf(place)) parts.at(-1).push(place);
    else parts.push([place]);
  }
  return parts;
}

// One trench, straightened: everything against the distance along it.
const stripBox = document.getElementById("strip");
const ROWS = { ruptures: 15, gap: 16, plot: 74, band: 16 };
const INSET = { left: 46, right: 12 };

function stripRegion() {
  if (state.selected !== null) return segments.region[state.selected];
  return state.region ?? 0;
}

function drawStrip() {
  const region = stripRegion();
  const places = orderOfRegion(region);
  const width = Math.max(stripBox.clientWidth, 280);
  const step = stepOf(places);
  const [first, last] = [segments.s_km[places[0]] - step / 2, segments.s_km[places.at(-1)] + step / 2];
  const x = (s) => INSET.left + ((s - first) / (last - first || 1)) * (width - INSET.left - INSET.right);
  const svg = draw("svg", { id: "strip-drawing", width, role: "img", "aria-label": stripWords(region, places) });
  const scene = { svg, x, places, step, y: 9, width };
  stripRuptures(scene, region);
  stripMagnitudes(scene);
  stripProbabilities(scene);
  stripBand(scene, variables.get(state.variable));
  stripAxis(scene, first, last);
  svg.setAttribute("height", scene.y);
  svg.setAttribute("viewBox", `0 0 ${width} ${scene.y}`);
  svg.addEventListener("click", (event) => selectOnStrip(scene, event));
  stripBox.replaceChildren(svg);
  markOnStrip(scene);
  document.getElementById("strip-region").value = String(region);
}

function stepOf(places) {
  const steps = places.slice(1).map((place, i) => segments.s_km[place] - segments.s_km[places[i]]);
  return steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] || 50;
}

function stripWords(region, places) {
  const out = places.filter((place) => segments.left_out[place]).length;
  return `Trench of ${page.regions[region].name} from end to end: ${places.length} segments, ${out} left out`;
}

function selectOnStrip(scene, event) {
  const box = scene.svg.getBoundingClientRect();
  const at = event.clientX - box.left;
  const far = (place) => Math.abs(scene.x(segments.s_km[place]) - at);
  select(scene.places.reduce((best, place) => (far(place) < far(best) ? place : best)));
}

/** Brackets with year, magnitude and grade; a name that is longer than its bracket keeps others out of its lane. */
function stripRuptures(scene, region) {
  const here = page.ruptures.filter((rupture) => rupture.region === region);
  const nameOf = (rupture) => ruptureName(rupture) + (rupture.quality ? `, ${rupture.quality}` : "");
  const bracketOf = (rupture) => [scene.x(rupture.start_km), scene.x(rupture.end_km)];
  const halfOf = (rupture) => nameOf(rupture).length * 3.1;
  const middleOf = (rupture) => {
    const [from, to] = bracketOf(rupture);
    return Math.min(Math.max((from + to) / 2, halfOf(rupture)), scene.width - halfOf(rupture));
  };
  const extentOf = (rupture) => {
    const [from, to] = bracketOf(rupture);
    return [Math.min(from, middleOf(rupture) - halfOf(rupture)), Math.max(to, middleOf(rupture) + halfOf(rupture))];
  };
  const lanes = lanesOf(here, extentOf, 4);
  const depth = Math.max(-1, ...lanes.values()) + 1;
  for (const [rupture, lane] of lanes) {
    const y = scene.y + lane * ROWS.ruptures + 9;
    const [from, to] = bracketOf(rupture);
    scene.svg.append(draw("path", { class: "rupture", d: `M${from},${y + 3}V${y}H${to}V${y + 3}` }));
    const place = { class: "rupture-name", x: middleOf(rupture), y: y - 2, "text-anchor": "middle" };
    scene.svg.append(draw("text", place, nameOf(rupture)));
  }
  scene.y += depth * ROWS.ruptures + (depth ? 12 : 0);
}

function plotFrame(scene, low, high, ticks, title) {
  const top = scene.y + ROWS.gap;
  const y = (value) => top + ROWS.plot - ((value - low) / (high - low)) * ROWS.plot;
  scene.svg.append(draw("text", { class: "strip-title", x: INSET.left, y: scene.y + 11 }, title));
  for (const tick of ticks) {
    const line = `M${INSET.left},${y(tick)}H${scene.width - INSET.right}`;
    scene.svg.append(draw("path", { class: "grid", d: line }));
    scene.svg.append(draw("text", { class: "tick", x: INSET.left - 5, y: y(tick) + 3, "text-anchor": "end" }, String(tick)));
  }
  scene.y = top + ROWS.plot + 8;
  return y;
}

function stripMagnitudes(scene) {
  const variable = variables.get(page.strip.magnitude);
  if (variable === undefined) return;
  const known = variable.values.filter((value) => value !== null);
  const low = Math.min(6, ...known.map(Math.floor));
  const ticks = [low, ...page.thresholds.filter((each) => each > low), 9.5];
  const y = plotFrame(scene, low, 9.7, ticks, variable.label);
  for (const place of scene.places) {
    const value = variable.values[place];
    if (value === null) continue;
    const half = (scene.x(scene.step) - scene.x(0)) * 0.4;
    const bar = { x: scene.x(segments.s_km[place]) - half, y: y(value), width: 2 * half, height: Math.max(y(low) - y(value), 0) };
    const rect = draw("rect", { class: "bar", ...bar });
    rect.style.fill = colourAt(variable, place);
    scene.svg.append(rect);
  }
}

function stripProbabilities(scene) {
  const variable = variables.get(page.strip.probability);
  if (variable === undefined) return;
  const y = plotFrame(scene, 0, 1, [0, 0.5, 1], variable.label);
  const clip = (value) => y(Math.min(Math.max(value, 0), 1));
  for (const run of runsOfKnown(scene, variable)) {
    const at = (place) => scene.x(segments.s_km[place]);
    const spread = (place) => variable.spread?.[place] ?? 0;
    const above = run.map((place) => [at(place), clip(variable.values[place] + spread(place))]);
    const below = run.map((place) => [at(place), clip(variable.values[place] - spread(place))]);
    scene.svg.append(draw("path", { class: "band", d: `${lineText([...above, ...below.reverse()])}Z` }));
    scene.svg.append(draw("path", { class: "curve", d: lineText(run.map((place) => [at(place), clip(variable.values[place])])) }));
  }
}

function runsOfKnown(scene, variable) {
  const runs = [];
  scene.places.forEach((place, i) => {
    if (variable.values[place] === null) return;
    const before = scene.places[i - 1];
    const joined = before !== undefined && variable.values[before] !== null
      && segments.s_km[place] - segments.s_km[before] < 1.5 * scene.step;
    if (joined) runs.at(-1).push(place);
    else runs.push([place]);
  });
  return runs;
}

/** The variable of the map as a coloured band. */
function stripBand(scene, variable) {
  scene.svg.append(draw("text", { class: "strip-title", x: INSET.left, y: scene.y + 11 }, `On the map: ${variable.label}`));
  const y = scene.y + ROWS.gap;
  for (const place of scene.places) {
    const [from, to] = [-0.5, 0.5].map((half) => scene.x(segments.s_km[place] + half * scene.step));
    const rect = draw("rect", { class: isShown(place) ? "cell" : "cell faded", x: from, y, width: to - from, height: ROWS.band });
    rect.style.fill = segments.left_out[place] ? "none" : colourAt(variable, place);
    scene.svg.append(rect);
  }
  scene.y = y + ROWS.band + 6;
}

function stripAxis(scene, first, last) {
  const every = [100, 200, 500, 1000, 2000].find((each) => (last - first) / each < scene.width / 70) ?? 5000;
  for (let s = Math.ceil(first / every) * every; s <= last; s += every) {
    scene.svg.append(draw("text", { class: "tick", x: scene.x(s), y: scene.y + 11, "text-anchor": "middle" }, `${s} km`));
  }
  scene.y += 18;
}

function markOnStrip(scene) {
  const place = state.selected;
  if (place === null || !scene.places.includes(place)) return;
  const [from, to] = [-0.5, 0.5].map((half) => scene.x(segments.s_km[place] + half * scene.step));
  const box = { x: from - 1, y: 1, width: to - from + 2, height: scene.y - 20 };
  scene.svg.append(draw("rect", { class: "strip-mark", ...box }));
}

function startStrip() {
  const choice = document.getElementById("strip-region");
  page.regions.forEach((region, i) => choice.append(make("option", { value: i }, `${region.name} (${region.code})`)));
  choice.addEventListener("change", () => select(orderOfRegion(Number(choice.value))[0]));
  onChange((what) => {
    if (["selection", "variable", "filter"].some((each) => what.has(each))) drawStrip();
  });
  new ResizeObserver(() => drawStrip()).observe(stripBox);
  drawStrip();
}

// Pointer, wheel and keys on the map.
const tip = document.getElementById("map-tip");

function placeOnMap(event) {
  const box = map.getBoundingClientRect();
  const scale = frame.width / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
}

function startMoves() {
  const pointers = new Map();
  let travelled = 0;
  map.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, placeOnMap(event));
    travelled = 0;
  });
  map.addEventListener("pointermove", (event) => {
    const here = placeOnMap(event);
    if (pointers.has(event.pointerId)) travelled += dragged(pointers, event.pointerId, here);
    else if (event.pointerType === "mouse") showTip(here);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
    map.addEventListener(name, (event) => {
      const was = pointers.delete(event.pointerId);
      if (name !== "pointerup") tip.hidden = true;
      if (was && name === "pointerup" && travelled < 5) clicked(placeOnMap(event));
    });
  }
  map.addEventListener("wheel", wheeled, { passive: false });
  map.addEventListener("dblclick", (event) => zoomBy(2, placeOnMap(event)));
  parts.segments.addEventListener("keydown", keyed);
  parts.segments.addEventListener("focus", () => {
    if (state.selected === null) select(shownPlaces().find((place) => !segments.left_out[place]) ?? 0);
  });
  const press = (id, action) => document.getElementById(id).addEventListener("click", action);
  press("zoom-in", () => zoomBy(1.7));
  press("zoom-out", () => zoomBy(1 / 1.7));
  press("zoom-all", () => moveTo(-170, 4, 1));
}

/** Follow one finger or the pinch of two; return how far the pointer went in pixels. */
function dragged(pointers, id, here) {
  const before = pointers.get(id);
  const other = [...pointers].find(([each]) => each !== id)?.[1];
  pointers.set(id, here);
  const way = Math.hypot(here[0] - before[0], here[1] - before[1]);
  if (other === undefined) {
    pan(here[0] - before[0], here[1] - before[1]);
    return way;
  }
  const [was, is] = [before, here].map(([x, y]) => Math.hypot(x - other[0], y - other[1]));
  if (was > 0) zoomBy(is / was, [(here[0] + other[0]) / 2, (here[1] + other[1]) / 2]);
  return way;
}

function wheeled(event) {
  // Without a key the wheel moves the page, as everywhere; on a map that has the focus it zooms.
  if (!event.ctrlKey && !event.metaKey && !mapBox.contains(document.activeElement)) return;
  event.preventDefault();
  zoomBy(Math.exp(-event.deltaY * 0.002), placeOnMap(event));
}

function clicked([x, y]) {
  const place = nearestPlace(x, y);
  if (place !== null) select(place);
}

function showTip([x, y]) {
  const place = nearestPlace(x, y, 14);
  tip.hidden = place === null;
  if (place === null) return;
  tip.replaceChildren(named(spoken(variables.get(state.variable), place)));
  tip.style.left = `${Math.min(x + 12, frame.width - 180)}px`;
  tip.style.top = `${y + 12}px`;
}

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };
const JUMPS = { ArrowDown: 1, ArrowUp: -1 };

function keyed(event) {
  const place = state.selected ?? 0;
  if (event.key in STEPS) select(neighbour(place, STEPS[event.key]));
  else if (event.key in JUMPS) select(otherTrench(place, JUMPS[event.key]));
  else if (event.key === "Home") select(orderOfRegion(segments.region[place])[0]);
  else if (event.key === "End") select(orderOfRegion(segments.region[place]).at(-1));
  else if (event.key === "+") zoomBy(1.7, pointOf(...centreOf(place)));
  else if (event.key === "-") zoomBy(1 / 1.7, pointOf(...centreOf(place)));
  else if (event.key === "Enter" || event.key === " ") document.getElementById("card").focus();
  else return;
  event.preventDefault();
  followSelected();
}

function otherTrench(place, step) {
  const total = page.regions.length;
  return orderOfRegion((segments.region[place] + step + total) % total)[0];
}

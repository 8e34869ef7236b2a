// Data of the page, what is chosen, and who wants to know when that changes.
const page = JSON.parse(document.getElementById("page-data").textContent);
const segments = page.segments;
const count = segments.key.length;
const variables = new Map(page.variables.map((variable) => [variable.key, variable]));
const placeOf = new Map(segments.key.map((key, place) => [key, place]));

const state = {
  variable: page.first,
  selected: null,
  region: null,
  text: "",
  cell: null,
  layers: new Set(["land", "ruptures", "boundaries", "teeth", "left-out"]),
  view: { lon: -170, lat: 4, zoom: 1 },
};

const listeners = [];

function onChange(listener) {
  listeners.push(listener);
}

/** Tell everything that draws what has changed: selection, filter, variable, layers or view. */
function changed(...what) {
  const told = new Set(what);
  for (const listener of listeners) listener(told);
}

function regionOf(place) {
  return page.regions[segments.region[place]];
}

function titleOf(place) {
  return `${regionOf(place).name} ${segments.number[place]}`;
}

/** Whether a segment passes the filters: region, cell of the heat map, text. */
function isShown(place) {
  if (state.region !== null && segments.region[place] !== state.region) return false;
  if (state.cell !== null) {
    if (segments.region[place] !== state.cell.region) return false;
    if (variables.get(state.cell.key).values[place] !== state.cell.value) return false;
  }
  return state.text === "" || searchText(place).includes(state.text);
}

const searchTexts = new Array(count);

function searchText(place) {
  if (searchTexts[place] === undefined) {
    const told = page.variables.filter((each) => each.listed || each.scale === null);
    const words = told.map((each) => plainValue(each, each.values[place]));
    searchTexts[place] = [segments.key[place], titleOf(place), ...words].join(" ").toLowerCase();
  }
  return searchTexts[place];
}

function shownPlaces() {
  const places = [];
  for (let place = 0; place < count; place += 1) if (isShown(place)) places.push(place);
  return places;
}

/** Select a segment by its place, null for none. */
function select(place) {
  if (place === state.selected) return;
  state.selected = place;
  changed("selection");
}

/** Neighbour of a segment along its trench: +1 after it, -1 before it. */
function neighbour(place, step) {
  const next = orderOfRegion(segments.region[place]);
  return next[next.indexOf(place) + step] ?? place;
}

const orders = new Map();

/** Places of a region's segments, from one end of the trench to the other. */
function orderOfRegion(region) {
  if (!orders.has(region)) {
    const places = segments.key.map((_, place) => place).filter((place) => segments.region[place] === region);
    orders.set(region, places.sort((a, b) => segments.s_km[a] - segments.s_km[b]));
  }
  return orders.get(region);
}

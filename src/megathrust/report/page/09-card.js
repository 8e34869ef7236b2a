// All that is known of one segment.
const card = document.getElementById("card");

function showCard() {
  const place = state.selected;
  const inside = document.getElementById("card-inside");
  card.hidden = place === null;
  if (place === null) return;
  inside.replaceChildren(cardHead(place), make("div", { class: "card-groups" }, ...cardGroups(place)));
}

function cardHead(place) {
  const [lon, lat] = segments.line[place] === null ? [null, null] : centreOf(place);
  const where = lon === null ? "without a position" : place2d(lon, lat);
  const links = make("p", { class: "card-links" },
    make("button", { type: "button", onclick: () => select(neighbour(place, -1)) }, "← before"),
    make("button", { type: "button", onclick: () => select(neighbour(place, 1)) }, "after →"),
    make("button", { type: "button", onclick: () => lookAt([place]) }, "Show on the map"),
    make("a", { href: linkOf(place) }, "Link to this segment"),
    make("button", { type: "button", onclick: () => select(null) }, "Close"),
  );
  const out = segments.left_out[place]
    ? make("p", { class: "warning" }, "Left out of the run: ", named(segments.reason[place] ?? "no reason recorded"), ".")
    : null;
  const title = make("h3", { id: "card-title" }, named(titleOf(place)));
  const line = make("p", { class: "soft" }, `${segments.key[place]}, ${number(segments.s_km[place])} km along the trench, ${where}`);
  return make("div", {}, title, line, links, ...(out ? [out] : []));
}

function cardGroups(place) {
  const groups = groupedBy(page.variables, (variable) => variable.group);
  return [...groups]
    .filter(([, members]) => members.some((variable) => variable.values[place] !== null))
    .map(([group, members]) => cardGroup(group, members, place));
}

function groupedBy(things, keyOf) {
  const groups = new Map();
  for (const thing of things) groups.set(keyOf(thing), [...(groups.get(keyOf(thing)) ?? []), thing]);
  return groups;
}

function cardGroup(group, members, place) {
  const known = members.filter((variable) => variable.values[place] !== null);
  const rows = group.startsWith("Relevance") ? strongestFirst(known, place) : known;
  const note = page.notes[group];
  const body = make("tbody", {}, ...rows.map((variable) => cardRow(variable, place)));
  const box = make("details", { class: "card-group", open: group.startsWith("Feature") ? null : "" },
    make("summary", {}, `${group} (${rows.length})`),
    ...(note ? [make("p", { class: "soft" }, note)] : []),
    make("table", {}, body),
  );
  return box;
}

function strongestFirst(known, place) {
  return [...known].sort((a, b) => Math.abs(b.values[place]) - Math.abs(a.values[place]));
}

function cardRow(variable, place) {
  const head = make("th", { scope: "row" }, named(variable.label), ...(variable.label === variable.key ? [] : [make("code", {}, named(variable.key))]));
  const share = variable.ranked ? percentile(variable, place) : null;
  const rank = share === null ? [] : [make("small", {}, `${share.toFixed(0)} % of segments have no more`)];
  const value = make("td", { "data-key": variable.key }, ...swatchOf(variable, place), named(valueWithUnit(variable, place)), ...rank);
  return make("tr", {}, head, value);
}

function swatchOf(variable, place) {
  if (variable.scale === null) return [];
  const swatch = make("span", { class: "swatch" });
  swatch.style.background = colourAt(variable, place);
  return [swatch];
}

function startCard() {
  onChange((what) => {
    if (what.has("selection")) showCard();
  });
  showCard();
}

// What is shown: variable, layers, region, text; said in words beside the map.
function filterWords() {
  const parts = [];
  if (state.region !== null) parts.push(page.regions[state.region].name);
  if (state.cell !== null) {
    const variable = variables.get(state.cell.key);
    parts.push(`${page.regions[state.cell.region].name}, ${variable.label}: ${variable.scale.names[state.cell.value]}`);
  }
  if (state.text) parts.push(`text “${state.text}”`);
  return parts;
}

function showFilters() {
  const words = filterWords();
  const shown = shownPlaces().length;
  const line = words.length ? `${shown} of ${count} segments shown: ${words.join("; ")}` : `All ${count} segments shown`;
  document.getElementById("filter-words").replaceChildren(named(line));
  document.getElementById("filter-clear").hidden = words.length === 0;
}

function clearFilters() {
  Object.assign(state, { region: null, cell: null, text: "" });
  document.getElementById("filter-region").value = "";
  document.getElementById("filter-text").value = "";
  changed("filter");
}

function startFilters() {
  const choice = document.getElementById("map-variable");
  const drawn = page.variables.filter((variable) => variable.scale !== null);
  for (const [group, members] of groupedBy(drawn, (variable) => variable.group)) {
    const options = members.map((variable) => make("option", { value: variable.key }, variable.label));
    choice.append(make("optgroup", { label: group }, ...options));
  }
  choice.value = state.variable;
  choice.addEventListener("change", () => {
    state.variable = choice.value;
    changed("variable");
  });
  const region = document.getElementById("filter-region");
  page.regions.forEach((each, i) => region.append(make("option", { value: i }, `${each.name} (${each.code})`)));
  region.addEventListener("change", () => {
    state.region = region.value === "" ? null : Number(region.value);
    changed("filter");
    if (state.region === null) moveTo(-170, 4, 1);
    else lookAt(orderOfRegion(state.region));
  });
  const text = document.getElementById("filter-text");
  text.addEventListener("input", () => {
    state.text = text.value.trim().toLowerCase();
    changed("filter");
  });
  document.getElementById("filter-clear").addEventListener("click", clearFilters);
  for (const box of document.querySelectorAll("#layers input")) startLayer(box);
  onChange((what) => {
    if (what.has("filter")) showFilters();
  });
  showFilters();
}

function startLayer(box) {
  if (box.value === "folds" && !variables.has("fold")) box.closest("label").hidden = true;
  if (box.value === "ruptures" && page.ruptures.length === 0) box.closest("label").hidden = true;
  box.checked = state.layers.has(box.value);
  box.addEventListener("change", () => {
    if (box.checked) state.layers.add(box.value);
    else state.layers.delete(box.value);
    changed("layers");
  });
}

// Counts by region and class, fold or outcome; a cell filters map and table.
const heatBox = document.getElementById("heat");

function drawHeat() {
  const variable = variables.get(document.getElementById("heat-variable").value);
  const names = variable.scale.names;
  const tally = page.regions.map(() => new Array(names.length).fill(0));
  variable.values.forEach((value, place) => {
    if (value !== null && tally[segments.region[place]][value] !== undefined) tally[segments.region[place]][value] += 1;
  });
  const head = make("tr", {}, make("th", { scope: "col" }, "region"), ...names.map((name) => make("th", { scope: "col" }, named(name))), make("th", { scope: "col" }, "all"));
  const rows = page.regions.map((region, i) => heatRow(variable, region, i, tally[i]));
  const caption = make("caption", {}, `Segments by region and ${variable.label}; the shade is the share of the region. Choose a cell to see its segments only.`);
  heatBox.replaceChildren(make("table", { class: "heat" }, caption, make("thead", {}, head), make("tbody", {}, ...rows)));
}

function heatRow(variable, region, i, counts) {
  const total = counts.reduce((sum, each) => sum + each, 0);
  const cells = counts.map((each, value) => heatCell(variable, region, i, value, each, total));
  return make("tr", {}, make("th", { scope: "row" }, named(region.name)), ...cells, make("td", { class: "number" }, String(total)));
}

function heatCell(variable, region, i, value, each, total) {
  const chosen = state.cell !== null && state.cell.key === variable.key && state.cell.region === i && state.cell.value === value;
  const button = make("button", {
    type: "button",
    "aria-pressed": String(chosen),
    "aria-label": `${region.name}, ${variable.scale.names[value]}: ${each} of ${total} segments`,
    disabled: each === 0 ? "" : null,
    onclick: () => {
      state.cell = chosen ? null : { key: variable.key, region: i, value };
      changed("filter");
      if (state.cell !== null) lookAt(shownPlaces());
    },
  }, String(each));
  const cell = make("td", {}, button);
  cell.style.setProperty("--share", total ? (each / total).toFixed(3) : "0");
  return cell;
}

function startHeat() {
  const choice = document.getElementById("heat-variable");
  const crossed = page.variables.filter((variable) => variable.crossed && variable.scale?.kind === "names");
  document.getElementById("heat-section").hidden = crossed.length === 0;
  if (crossed.length === 0) return;
  for (const variable of crossed) choice.append(make("option", { value: variable.key }, variable.label));
  if (crossed.some((variable) => variable.key === "outcome")) choice.value = "outcome";
  choice.addEventListener("change", () => {
    state.cell = null;
    changed("filter");
  });
  onChange((what) => {
    if (what.has("filter")) drawHeat();
  });
  drawHeat();
}

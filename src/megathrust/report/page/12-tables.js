// Tables that are sorted by their heads and filtered by a line of text.
const tableBox = document.getElementById("segment-table");
const order = { column: null, turned: false, most: 25 };
const collator = new Intl.Collator(undefined, { numeric: true });

function listedVariables() {
  return page.variables.filter((variable) => variable.listed);
}

function sortedPlaces(places) {
  if (order.column === null) return places;
  const variable = variables.get(order.column);
  const valueOf = variable === undefined ? (place) => segments.key[place] : (place) => variable.values[place];
  return [...places].sort((a, b) => compare(valueOf(a), valueOf(b)) * (order.turned ? -1 : 1));
}

/** Numbers by size, texts by alphabet, what is missing last of all. */
function compare(a, b) {
  if (a === null || b === null) return ((a === null) - (b === null)) * (order.turned ? -1 : 1);
  return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
}

function drawTable() {
  const listed = listedVariables();
  const places = sortedPlaces(shownPlaces());
  const part = places.slice(0, order.most);
  const head = make("tr", {}, headCell("key", "segment"), ...listed.map((variable) => headCell(variable.key, variable.label, variable.unit)));
  const rows = part.map((place) => tableRow(place, listed));
  const caption = make("caption", {}, `${part.length} of ${places.length} segments that pass the filters, ${count} in all`);
  tableBox.replaceChildren(make("table", {}, caption, make("thead", {}, head), make("tbody", {}, ...rows)));
  document.getElementById("table-more").hidden = places.length <= order.most;
}

function headCell(key, label, unit = "") {
  const sorted = order.column === key;
  const direction = order.turned ? "descending" : "ascending";
  const sort = () => {
    order.turned = sorted && !order.turned;
    order.column = key;
    drawTable();
    tableBox.querySelector(`[data-column="${CSS.escape(key)}"]`)?.focus();
  };
  const button = make("button", { type: "button", onclick: sort, "data-column": key }, named(unit ? `${label} (${unit})` : label), sorted ? (order.turned ? " ▼" : " ▲") : "");
  return make("th", { scope: "col", "aria-sort": sorted ? direction : "none" }, button);
}

function tableRow(place, listed) {
  const choose = () => {
    select(place);
    followSelected();
    card.focus();
  };
  const name = make("th", { scope: "row" }, make("button", { type: "button", class: "link", onclick: choose }, named(segments.key[place])));
  const cells = listed.map((variable) => {
    const value = variable.values[place];
    return make("td", { class: typeof value === "number" && variable.scale?.kind !== "names" ? "number" : "" }, named(plainValue(variable, value)));
  });
  return make("tr", segments.left_out[place] ? { class: "left-out-row" } : {}, name, ...cells);
}

/** Let a table that is written in the page be sorted by a click on its heads. */
function makeSortable(table) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const label = head.textContent;
    const button = make("button", { type: "button" }, label);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const turned = head.getAttribute("aria-sort") === "ascending";
      const textOf = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
      const rows = [...body.rows].sort((a, b) => collatedNumbers(textOf(a), textOf(b)) * (turned ? -1 : 1));
      for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", turned ? "descending" : "ascending");
      body.append(...rows);
    });
    head.replaceChildren(button);
  });
}

function collatedNumbers(a, b) {
  const [x, y] = [Number.parseFloat(a), Number.parseFloat(b)];
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return Number.isNaN(x) ? collator.compare(a, b) : x - y;
}

function startScoreTables() {
  for (const table of document.querySelectorAll("table.sortable")) makeSortable(table);
  const filter = document.getElementById("score-filter");
  filter?.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase();
    for (const row of document.querySelectorAll("table.scores tbody tr")) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
    }
  });
}

function startTables() {
  onChange((what) => {
    if (what.has("filter")) drawTable();
  });
  document.getElementById("table-more").addEventListener("click", () => {
    order.most = Infinity;
    drawTable();
  });
  drawTable();
}

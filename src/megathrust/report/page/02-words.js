// Numbers as text, and elements whose text is never read as markup.
const SVG = "http://www.w3.org/2000/svg";

/** Make an element; children are elements or texts, which stay texts whatever they hold. */
function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A name from the table: kept apart from the text around it, whichever way it is written. */
function named(text) {
  const words = String(text);
  return make("bdi", words.length > 40 && !words.includes(" ") ? { class: "long" } : {}, words);
}

function number(value) {
  if (value === null) return "–";
  const size = Math.abs(value);
  if (size >= 1000 && Number.isInteger(value)) return value.toFixed(0);
  if (size >= 1e5 || (size > 0 && size < 1e-3)) return value.toExponential(2);
  if (size >= 100) return value.toFixed(1);
  return Number.isInteger(value) ? String(value) : value.toFixed(size >= 10 ? 2 : 3);
}

function place2d(lon, lat) {
  return `${Math.abs(lat).toFixed(2)}° ${lat < 0 ? "S" : "N"}, ${Math.abs(lon).toFixed(2)}° ${lon < 0 ? "W" : "E"}`;
}

/** Value of a variable as text, without its unit. */
function plainValue(variable, value) {
  if (value === null) return "–";
  if (variable.scale?.kind === "names") return variable.scale.names[value] ?? "–";
  return typeof value === "number" ? number(value) : value;
}

function valueWithUnit(variable, place) {
  const text = plainValue(variable, variable.values[place]);
  const spread = variable.spread?.[place];
  const behind = spread === null || spread === undefined ? "" : ` ± ${number(spread)}`;
  return text === "–" || !variable.unit ? text + behind : `${text}${behind} ${variable.unit}`;
}

/** Share of the segments with a value that have no more than this one, in per cent. */
function percentile(variable, place) {
  const own = variable.values[place];
  if (own === null || typeof own !== "number") return null;
  let known = 0;
  let below = 0;
  for (const value of variable.values) {
    if (value === null) continue;
    known += 1;
    if (value <= own) below += 1;
  }
  return (100 * below) / known;
}

/** Part of a file's name that every system takes. */
function fileWord(text) {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 40) || "region";
}

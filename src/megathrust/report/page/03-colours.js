// Values to colours, and the key that explains them.
const NO_VALUE = "#8c8c8c";

function colourOf(variable, value) {
  const scale = variable.scale;
  if (value === null || value === undefined || scale === null) return NO_VALUE;
  if (scale.kind === "names") return scale.colours[value] ?? NO_VALUE;
  if (scale.kind === "steps") {
    const above = scale.edges.findIndex((edge) => value < edge);
    const step = above === -1 ? scale.colours.length - 1 : Math.max(above - 1, 0);
    return scale.colours[step];
  }
  const share = scale.high > scale.low ? (value - scale.low) / (scale.high - scale.low) : 0.5;
  const last = scale.colours.length - 1;
  return scale.colours[Math.round(Math.min(Math.max(share, 0), 1) * last)];
}

function colourAt(variable, place) {
  return colourOf(variable, variable.values[place]);
}

/** Draw the key of a variable into an element. */
function showKey(box, variable) {
  const scale = variable.scale;
  const unit = variable.unit ? ` (${variable.unit})` : "";
  const title = make("p", { class: "key-title" }, named(variable.label + unit));
  const bar = make("ul", { class: `key key-${scale.kind}` });
  if (scale.kind === "names") {
    scale.names.forEach((name, i) => bar.append(keyEntry(scale.colours[i], name)));
  } else if (scale.kind === "steps") {
    scale.colours.forEach((colour, i) => bar.append(keyEntry(colour, stepName(scale.edges, i))));
  } else {
    const inside = `linear-gradient(to right, ${scale.colours.join(", ")})`;
    const ramp = make("span", { class: "ramp" });
    ramp.style.background = inside;
    bar.append(make("li", {}, number(scale.low), ramp, number(scale.high)));
  }
  if (variable.values.some((value, place) => value === null && !segments.left_out[place])) {
    bar.append(keyEntry(NO_VALUE, "no value"));
  }
  box.replaceChildren(title, bar);
}

function keyEntry(colour, name) {
  const swatch = make("span", { class: "swatch" });
  swatch.style.background = colour;
  return make("li", {}, swatch, named(name));
}

function stepName(edges, i) {
  return `${Number(edges[i].toPrecision(3))}–${Number(edges[i + 1].toPrecision(3))}`;
}

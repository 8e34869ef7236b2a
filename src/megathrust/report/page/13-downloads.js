// Files inside the page: whole, or cut to the segments that pass the filters.
async function unpacked(file) {
  const bytes = Uint8Array.from(atob(file.data), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

async function textOfFile(file) {
  const { head, records, between, tail } = await unpacked(file);
  const kept = records.length === count ? records.filter((_, place) => isShown(place)) : records;
  return head + kept.join(between) + tail;
}

function save(name, text, type = "text/plain;charset=utf-8") {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A drawing of the page as a file of its own, with the colours that it has here. */
function svgText(svg) {
  const copy = svg.cloneNode(true);
  copy.setAttribute("xmlns", SVG);
  const originals = svg.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((element, i) => {
    const style = getComputedStyle(originals[i]);
    for (const name of ["fill", "stroke", "stroke-width", "opacity", "font-size", "font-family", "fill-opacity"]) {
      element.style.setProperty(name, style.getPropertyValue(name));
    }
    for (const name of ["role", "tabindex", "aria-label", "aria-selected", "aria-activedescendant"]) element.removeAttribute(name);
  });
  return new XMLSerializer().serializeToString(copy);
}

function startDownloads() {
  const box = document.getElementById("downloads");
  for (const file of Object.values(page.files)) {
    const button = make("button", { type: "button", "data-file": file.name }, file.label);
    button.addEventListener("click", async () => save(file.name, await textOfFile(file)));
    box.append(button);
  }
  const drawings = [["Map (SVG)", "map.svg", "world"], ["Straightened trench (SVG)", null, "strip-drawing"]];
  for (const [label, name, id] of drawings) {
    const button = make("button", { type: "button", "data-file": id }, label);
    button.addEventListener("click", () => {
      const own = name ?? `trench-${fileWord(page.regions[stripRegion()].code)}.svg`;
      save(own, svgText(document.getElementById(id)), "image/svg+xml");
    });
    box.append(button);
  }
}

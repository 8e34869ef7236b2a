// Links to segments, and the start of everything.
function linkOf(place) {
  return `#${segments.key[place].split("/").map(encodeURIComponent).join("/")}`;
}

/** Select the segment that the address names, such as #sam/54. */
function followLink() {
  let key = location.hash.slice(1);
  try {
    key = key.split("/").map(decodeURIComponent).join("/");
  } catch {
    return;
  }
  const place = placeOf.get(key);
  if (place === undefined) return;
  select(place);
  lookAt([place]);
  document.getElementById("explore").scrollIntoView();
}

function rememberLink() {
  try {
    history.replaceState(null, "", state.selected === null ? "#explore" : linkOf(state.selected));
  } catch {
    // A page inside a notebook has no address of its own.
  }
}

/** Fold away what is not read first; on paper everything is open. */
function startFolding() {
  for (const box of document.querySelectorAll("details[data-fold]")) {
    box.open = false;
    box.removeAttribute("data-fold");
  }
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const box of opened) box.open = true;
  });
  addEventListener("afterprint", () => {
    for (const box of opened) box.open = false;
  });
}

/** A link to a chapter opens it. */
function openLinked() {
  const target = document.getElementById(location.hash.slice(1));
  const box = target?.closest("details");
  if (box && !box.open) {
    box.open = true;
    target.scrollIntoView();
  }
}

document.documentElement.classList.add("live");
startFilters();
startMap();
startMoves();
startStrip();
startCard();
startHeat();
startTables();
startDownloads();
followLink();
addEventListener("hashchange", () => {
  followLink();
  openLinked();
});
onChange((what) => {
  if (what.has("selection")) rememberLink();
});
// What stands below this script is not read yet.
addEventListener("DOMContentLoaded", () => {
  startFolding();
  startScoreTables();
  openLinked();
});
// For tests: where a segment lies on the page.
globalThis.megathrust = { state, pointOf: (key) => pointOf(...centreOf(placeOf.get(key))) };

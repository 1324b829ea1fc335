/* The claim explorer: sorts and filters the scoreboard, and opens what stands behind a row. Without it the page
 * is the whole table. */
addEventListener("DOMContentLoaded", () => {
  "use strict";
  const tables = [...document.querySelectorAll("table.claims")];
  const sections = tables.map((table) => table.closest("section"));
  const rows = tables.flatMap((table) => [...table.tBodies[0].rows]);
  rows.forEach((row, i) => (row.dataset.order = i));
  const text = (row, query) => (row.querySelector(query)?.textContent ?? "").trim();
  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  const FACETS = {
    document: (row) => [sections[tables.indexOf(row.closest("table"))].querySelector("h2, h3").firstChild.textContent.trim()],
    verdict: (row) => [text(row, ".verdict")],
    scale: (row) => [row.dataset.scale].filter(Boolean),
    "counted as": (row) => [row.dataset.counted].filter(Boolean),
    model: (row) => row.dataset.models.split(",").filter(Boolean),
    confidence: (row) => [row.dataset.confidence].filter(Boolean),
  };
  const ORDERS = {
    "as in the documents": (row) => +row.dataset.order,
    "by verdict": (row) => row.dataset.verdict,
    "by confidence": (row) => "PACDS".indexOf(row.dataset.confidence),
    "furthest from what was reported": (row) => -(row.dataset.deviation || -1),
  };

  const bar = element("form", { class: "claim-filter", role: "search", "aria-label": "Filter the claims" });
  const field = (label, input) => bar.append(element("label", {}, element("span", {}, label), input));
  const words = element("input", { type: "search", placeholder: "words of the claim" });
  field("find", words);
  const chosen = {};
  for (const [name, values] of Object.entries(FACETS)) {
    const counts = new Map();
    for (const value of rows.flatMap(values)) counts.set(value, (counts.get(value) || 0) + 1);
    const options = [...counts].map(([value, n]) => element("option", { value }, `${value} (${n})`));
    chosen[name] = element("select", { name }, element("option", { value: "" }, "all"), ...options);
    field(name, chosen[name]);
  }
  const order = element("select", { name: "order" }, ...Object.keys(ORDERS).map((name) => element("option", {}, name)));
  field("order", order);
  const count = element("output", { "aria-live": "polite" });
  const reset = element("button", { type: "reset" }, "show all");
  bar.append(count, reset);

  function fits(row) {
    const said = words.value.toLowerCase().split(/\s+/).filter(Boolean), content = row.textContent.toLowerCase();
    const facets = Object.entries(FACETS).every(([name, values]) => !chosen[name].value || values(row).includes(chosen[name].value));
    return facets && said.every((word) => content.includes(word));
  }

  /** The filters live in the address, after `#?`, so that a view can be linked; from file:// too. */
  function address() {
    const fields = Object.entries({ find: words, ...chosen, order }).filter(([name, field]) => field.value && (name !== "order" || order.selectedIndex));
    const query = new URLSearchParams(fields.map(([name, field]) => [name, field.value])).toString();
    if (query || location.hash.startsWith("#?")) history.replaceState(null, "", query ? `#?${query}` : location.pathname + location.search);
  }

  function restore() {
    if (!location.hash.startsWith("#?")) return;
    const query = new URLSearchParams(location.hash.slice(2));
    for (const [name, field] of Object.entries({ find: words, ...chosen, order })) if (query.has(name)) field.value = query.get(name);
  }

  function apply() {
    address();
    for (const row of rows) row.hidden = !fits(row);
    const key = ORDERS[order.value], compare = (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.dataset.order - b.dataset.order);
    tables.forEach((table, i) => {
      const mine = [...table.tBodies[0].rows].sort(compare);
      table.tBodies[0].append(...mine);
      sections[i].hidden = mine.every((row) => row.hidden);
    });
    const seen = rows.filter((row) => !row.hidden).length;
    count.textContent = seen === rows.length ? `${seen} claims` : `${seen} of ${rows.length} claims`;
  }

  const dialog = element("dialog", { class: "claim-dialog", "aria-labelledby": "claim-dialog-title" });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  /** Show the figure, the controls and the way to the cell of one claim. */
  function open(row, address) {
    const close = element("button", { type: "button", autofocus: "" }, "close");
    close.addEventListener("click", () => dialog.close());
    const parts = [element("h2", { id: "claim-dialog-title" }, text(row, ".statement")), element("p", { class: "place" }, text(row, ".place"))];
    if (address) parts.push(element("img", { src: address, alt: `Figure behind the claim: ${text(row, ".statement")}` }));
    for (const label of ["Reported", "Measured (paper)", "Controls", "Verdict"]) {
      const cell = row.querySelector(`td[data-label="${label}"] > div`);
      if (cell) parts.push(element("section", {}, element("h3", {}, label), ...cell.cloneNode(true).childNodes));
    }
    const links = row.querySelector(".links").cloneNode(true);
    links.querySelector(".figure-link")?.remove();
    dialog.replaceChildren(...parts, element("p", {}, links), close);
    dialog.showModal();
  }

  for (const link of document.querySelectorAll("a.figure-link")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      open(link.closest("tr"), link.getAttribute("href"));
    });
  }
  bar.addEventListener("submit", (event) => event.preventDefault());
  bar.addEventListener("input", apply);
  bar.addEventListener("reset", () => setTimeout(apply));
  sections[0]?.before(bar);
  document.body.append(dialog);
  restore();
  apply();
  addEventListener("hashchange", () => { restore(); apply(); });
});

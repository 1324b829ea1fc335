/* Small repairs of the theme on every page, and the cell that a link leads to, unfolded on arrival. */
document.addEventListener("DOMContentLoaded", () => {
  for (const link of document.querySelectorAll("a.btn-download-source-button")) {
    link.setAttribute("download", "");
    link.removeAttribute("target");
  }
  for (const named of document.querySelectorAll("button[aria-label], summary[aria-label]")) {
    const words = named.innerText.trim();
    if (words) named.setAttribute("aria-label", words.replace(/\s+/g, " ")); // what is seen is what is said
  }
  for (const part of document.querySelectorAll("nav li > details > summary")) {
    part.setAttribute("aria-label", `Pages of: ${part.closest("li").querySelector("a").textContent.trim()}`);
  }
  const entries = "[role=list].citation-list > *";
  for (const entry of document.querySelectorAll(entries)) entry.setAttribute("role", "listitem");
  for (const box of document.querySelectorAll("div.math, .cell_output > .output, pre")) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
  }
});
(() => { // on paper nothing can be unfolded, so everything is, and its colours are those of a light page
  const paper = matchMedia("print"), folded = [], root = document.documentElement;
  let theme;
  const unfold = () => {
    theme = theme ?? root.dataset.theme;
    root.dataset.theme = "light";
    for (const part of document.querySelectorAll("main details:not([open])")) {
      part.open = true;
      folded.push(part);
    }
  };
  const fold = () => {
    for (const part of folded.splice(0)) part.open = false;
    if (theme) root.dataset.theme = theme;
    theme = undefined;
  };
  addEventListener("beforeprint", unfold);
  addEventListener("afterprint", fold);
  paper.addEventListener("change", () => (paper.matches ? unfold() : fold()));
})();
addEventListener("DOMContentLoaded", () => { // a cell that a link leads to is unfolded on arrival
  const unfold = () => {
    const cell = location.hash.startsWith("#cell-") && document.getElementById(location.hash.slice(1));
    for (const part of cell ? cell.querySelectorAll("details") : []) part.open = true;
    if (cell) cell.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();
});

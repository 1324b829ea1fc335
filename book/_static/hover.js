/* Words of the field and numbered formulas explain themselves, to mouse, finger and keyboard. */
addEventListener("DOMContentLoaded", () => {
  "use strict";
  const { words, formulas } = window.COMPANION_HOVER ?? { words: {}, formulas: {} };
  const tip = Object.assign(document.createElement("div"), { id: "companion-tip", className: "companion-tip", hidden: true });
  tip.setAttribute("role", "tooltip");
  document.body.append(tip);

  function show(place, fill) {
    tip.replaceChildren();
    fill(tip);
    tip.hidden = false;
    place.setAttribute("aria-describedby", tip.id);
    const at = place.getBoundingClientRect(), wide = tip.offsetWidth, high = tip.offsetHeight, edge = document.documentElement.clientWidth;
    const above = at.top > high + 12;
    tip.style.left = `${scrollX + Math.max(8, Math.min(at.left, edge - wide - 8))}px`;
    tip.style.top = `${scrollY + (above ? at.top - high - 6 : at.bottom + 6)}px`;
  }

  function hide(place) {
    tip.hidden = true;
    place.removeAttribute("aria-describedby");
  }

  function explain(place, fill) {
    for (const event of ["pointerenter", "focus"]) place.addEventListener(event, () => show(place, fill));
    for (const event of ["pointerleave", "blur"]) place.addEventListener(event, () => hide(place));
    place.addEventListener("keydown", (event) => event.key === "Escape" && hide(place));
  }

  /** Mark the first use of each word in the running text of the page. */
  function markWords() {
    const names = Object.keys(words).sort((a, b) => b.length - a.length);
    if (!names.length) return;
    const pattern = new RegExp(`(?<![\\p{L}-])(${names.join("|")})(?![\\p{L}-])`, "u"), seen = new Set();
    const article = document.querySelector("article");
    if (!article || document.querySelector(".glossary-words")) return;
    for (const paragraph of article.querySelectorAll("section > p, .opening p")) {
      const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT), texts = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) if (!node.parentElement.closest("a, code, .math, .term, .verdict, .result, mjx-container, script")) texts.push(node);
      for (const text of texts) {
        const match = pattern.exec(text.data);
        if (!match || seen.has(words[match[1]])) continue;
        seen.add(words[match[1]]);
        const rest = text.splitText(match.index), term = document.createElement("span");
        rest.splitText(match[1].length);
        Object.assign(term, { className: "term", tabIndex: 0 });
        rest.replaceWith(term);
        term.append(rest);
        explain(term, (place) => place.append(words[match[1]]));
      }
    }
  }

  function markFormulas() {
    for (const link of document.querySelectorAll("article a.reference[href*='#equation-eq-']")) {
      const latex = formulas[link.getAttribute("href").split("#equation-")[1]];
      if (!latex) continue;
      explain(link, (place) => {
        const drawn = window.MathJax?.tex2svg?.(latex, { display: true });
        place.append(drawn ?? latex);
      });
    }
  }

  markWords();
  markFormulas();
});

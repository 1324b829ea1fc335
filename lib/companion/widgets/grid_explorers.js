/* Explorers of numbers that a notebook has computed beforehand: no network is evaluated here, only looked up. */
(() => {
  "use strict";
  const Companion = (globalThis.Companion = globalThis.Companion || {});
  const { element, shown } = Companion;
  const MARK = [203, 67, 53];

  /** A card for each name, in rows that wrap; `update(name, ...)` is up to the explorer. */
  function cards(names, make) {
    const made = Object.fromEntries(names.map((name) => [name, make(name)]));
    const list = element("div", { class: "lg-cards" }, ...names.map((name) => element("figure", {}, element("figcaption", {}, name), ...made[name].parts)));
    return { made, list };
  }

  function frame(place, label, controls, list, note, speaker) {
    const explorer = element("div", { class: "lg-explorer lg-wide", role: "group", "aria-label": label }, element("div", { class: "lg-controls" }, ...controls), list, element("p", { class: "lg-note" }, note), speaker.place);
    place.append(explorer);
  }

  /** Maps of the Jacobian, and which part of each plane is worse conditioned than a limit of the reader's choice. */
  function conditioning(place, data) {
    const names = data.maps.map((map) => map.name), maps = {}, speaker = Companion.speaker();
    for (const map of data.maps) {
      const kappa = Companion.unpack(map.log_kappa);
      maps[map.name] = { ...map, fields: [Companion.unpack(map.log_det), kappa], kappa };
    }
    let quantity = 0, limit = Math.floor(data.limits.length / 2);
    const { made, list } = cards(names, () => {
      const canvas = element("canvas", { class: "lg-map", role: "img" }), share = element("p", { class: "lg-note" });
      return { canvas, share, parts: [canvas, share] };
    });
    function draw() {
      const kappa = data.limits[limit], said = [];
      for (const name of names) {
        const map = maps[name], field = map.fields[quantity], { low, high } = data.scales[quantity], n = map.columns;
        const ground = Companion.raster(n, map.rows, (x, y) => {
          const i = y * n + x, colour = Companion.colour("sequential", (field[i] - low) / (high - low || 1));
          return map.kappa[i] > Math.log(kappa) ? MARK.map((m, c) => 0.7 * m + 0.3 * colour[c]) : colour;
        });
        const { canvas, share } = made[name];
        Object.assign(canvas, { width: 4 * n, height: 4 * map.rows });
        canvas.getContext("2d").drawImage(ground, 0, 0, canvas.width, canvas.height);
        const above = map.kappa.filter((value) => value > Math.log(kappa)).length / map.kappa.length;
        share.textContent = `κ above ${shown(kappa, 3)} on ${shown(100 * above, 3)} % of the box`;
        canvas.setAttribute("aria-label", `${data.quantities[quantity]} of ${name} over its box of codes; ${share.textContent}`);
        said.push(`${name}: ${shown(100 * above, 3)} %`);
      }
      const { low, high } = data.scales[quantity];
      place.dataset.shares = JSON.stringify(said);
      scale.replaceChildren(element("span", {}, shown(low, 3)), Companion.raster(128, 1, (x) => Companion.colour("sequential", x / 127)), element("span", {}, shown(high, 3)), element("span", {}, data.quantities[quantity]));
      speaker.say(`Share of the box with a condition number above ${shown(kappa, 3)}. ${said.join(", ")}.`);
    }
    const scale = element("div", { class: "lg-legend" });
    const controls = [
      Companion.choice("colour", data.quantities, 0, (i) => { quantity = i; draw(); }),
      Companion.slider("κ above", data.limits, limit, (i) => { limit = i; draw(); }),
      scale,
    ];
    frame(place, "Conditioning explorer", controls, list, "Red: the picture moves more than that many times faster in one direction of codes than in another. All maps share one scale; each shows the box that holds its own codes.", speaker);
    draw();
    place.dataset.ready = "1";
  }

  /** How often each rank occurs, at a threshold and a noise of the reader's choice. */
  function ranks(place, data) {
    const names = data.samples.map((sample) => sample.name), speaker = Companion.speaker(), counts = {};
    for (const sample of data.samples) counts[sample.name] = { strata: Companion.unpack(sample.strata), ranks: sample.ranks.map(Companion.unpack) };
    let threshold = data.chosen, level = 0;
    const { made, list } = cards(names, () => {
      const canvases = data.matrices.map(() => element("canvas", { class: "lg-bars", role: "img" })), strata = element("p", { class: "lg-note" });
      return { canvases, strata, parts: [...canvases, strata] };
    });
    function bars(canvas, histogram, label) {
      const scale = globalThis.devicePixelRatio || 1, width = canvas.clientWidth || 200, height = 64, most = Math.max(...histogram, 1);
      Object.assign(canvas, { width: width * scale, height: height * scale });
      const c = canvas.getContext("2d"), style = getComputedStyle(place);
      c.scale(scale, scale);
      const step = (width - 20) / histogram.length, seen = histogram.map((n, rank) => [n, rank]).filter(([n]) => n);
      c.fillStyle = style.getPropertyValue("--lg-link") || "#255a91";
      for (const [n, rank] of seen) c.fillRect(10 + rank * step, 46 * (1 - n / most), Math.max(step - 1, 1.5), 46 * (n / most));
      c.fillStyle = style.color;
      c.font = "11px sans-serif";
      c.fillRect(10, 46, width - 20, 1);
      const [first, last] = [seen[0]?.[1] ?? 0, seen[seen.length - 1]?.[1] ?? 0], words = first === last ? `rank ${first}` : `ranks ${first} to ${last}`;
      c.fillText(`${label}: ${words}`, 10, 60);
      canvas.setAttribute("aria-label", `${label}: ${words}`);
      return words;
    }
    function draw() {
      const said = [];
      for (const name of names) {
        const at = level * data.thresholds.length + threshold, of = counts[name], { canvases, strata } = made[name];
        data.matrices.forEach((matrix, k) => {
          const size = data.sizes[k] + 1;
          bars(canvases[k], [...of.ranks[k].slice(at * size, (at + 1) * size)], matrix);
        });
        const n = of.strata[at];
        strata.textContent = n === 1 ? "one stratum: all ranks agree" : `${n} strata: combinations of ranks that occur`;
        said.push(`${name}: ${n}`);
      }
      place.dataset.strata = JSON.stringify(said);
      speaker.say(`Strata at threshold ${shown(data.thresholds[threshold], 2)} and noise ${shown(data.levels[level], 2)}. ${said.join(", ")}.`);
    }
    const controls = [
      Companion.slider("threshold τ", data.thresholds, threshold, (i) => { threshold = i; draw(); }),
      Companion.slider("noise", data.levels, level, (i) => { level = i; draw(); }),
    ];
    frame(place, "Rank and noise explorer", controls, list, `An eigenvalue counts if it is above τ times the largest of its matrix. ${data.count} images.`, speaker);
    draw();
    if (globalThis.ResizeObserver) new ResizeObserver(Companion.oncePerFrame(draw)).observe(place);
    place.dataset.ready = "1";
  }

  function correlation(a, b) {
    const mean = (v) => v.reduce((sum, x) => sum + x, 0) / v.length, [ma, mb] = [mean(a), mean(b)];
    let ab = 0, aa = 0, bb = 0;
    for (let i = 0; i < a.length; i++) {
      const [da, db] = [a[i] - ma, b[i] - mb];
      ab += da * db;
      aa += da * da;
      bb += db * db;
    }
    return ab / Math.sqrt(aa * bb);
  }

  /** Distances of codes against distances along the surface, with one direction of the codes in a unit of the reader's choice. */
  function rulers(place, data, { onMove } = {}) {
    const samples = {}, speaker = Companion.speaker(), names = data.samples.map((sample) => sample.name);
    for (const { name, ...packed } of data.samples) samples[name] = Object.fromEntries(Object.entries(packed).map(([key, value]) => [key, Companion.unpack(value)]));
    let at = data.factors.indexOf(1), scores = {};
    const { made, list } = cards(names, () => {
      const canvas = element("canvas", { class: "lg-dots", role: "img", width: 360, height: 270 }), score = element("p", { class: "lg-note" });
      return { canvas, score, parts: [canvas, score] };
    });
    function dots(canvas, plain, { along, same }) {
      const c = canvas.getContext("2d"), { width, height } = canvas, most = Math.max(...plain);
      c.fillStyle = "#fff";
      c.fillRect(0, 0, width, height);
      for (const kind of [0, 1]) {
        c.fillStyle = kind ? "#c8553d" : "#9aa1ab";
        plain.forEach((r, i) => { if (same[i] === kind) c.fillRect(10 + (r / most) * (width - 24), (height - 14) * (1 - along[i]), 4, 4); });
      }
    }
    function draw() {
      const factor = data.factors[at];
      scores = {};
      for (const name of names) {
        const { across, rest, along } = samples[name], plain = rest.map((r, i) => Math.sqrt(r + factor ** 2 * across[i]));
        scores[name] = 1 - correlation(plain, along);
        dots(made[name].canvas, plain, samples[name]);
      }
      show();
      place.dataset.scores = JSON.stringify(scores);
      onMove?.({ factor });
    }
    function show(library = {}) {
      for (const name of names) {
        const { canvas, score } = made[name], text = `ĉ = ${shown(scores[name], 3)}`;
        score.textContent = name in library ? `${text}, by the library ${shown(library[name], 3)}` : text;
        canvas.setAttribute("aria-label", `${name}: distance along the surface, upwards, against plain distance; ${text}`);
      }
      speaker.say(`Unit ${shown(data.factors[at], 3)}. ${names.map((name) => `${name}: ${shown(scores[name], 3)}`).join(", ")}.`);
    }
    const controls = [Companion.slider("unit of the widest direction, times", data.factors, at, (i) => { at = i; draw(); })];
    frame(place, "Explorer of units", controls, list, "One dot per pair of pictures: plain distance of the codes to the right, distance along the surface upwards. Red: one class; grey: two classes. The pictures and the surface do not change.", speaker);
    draw();
    place.dataset.ready = "1";
    return { answer: show };
  }

  Companion.register("distance-unit-explorer", rulers);
  Companion.register("conditioning-explorer", conditioning);
  Companion.register("rank-explorer", ranks);
})();

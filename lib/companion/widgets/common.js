/* What all widgets share: mounting, colours, numbers, sliders, and a plane with handles to drag. */
(() => {
  "use strict";
  const Companion = (globalThis.Companion = globalThis.Companion || {});
  const STILL = globalThis.matchMedia ? matchMedia("(prefers-reduced-motion: reduce)") : { matches: true };

  /** Make an element: `element("p", {class: "x"}, "text", child)`; a function is set as a listener. */
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") made.addEventListener(name, value);
      else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  }

  /** Four significant digits and a real minus sign. */
  function shown(value, digits = 4) {
    if (value === null || value === undefined || !Number.isFinite(value)) return "–";
    const text = Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(2) : String(+value.toPrecision(digits));
    return text.replace(/-/g, "−");
  }

  // cividis, the reversed red and blue of matplotlib, and greys; a few stops each, linear in between
  const MAPS = {
    sequential: ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"],
    diverging: ["#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7", "#fddbc7", "#f4a582", "#d6604d", "#b2182b", "#67001f"],
  };
  const LABELS = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bb5500", "#009988", "#77773c", "#5b5f66"];
  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const STOPS = Object.fromEntries(Object.entries(MAPS).map(([name, stops]) => [name, stops.map(rgb)]));
  const LABEL_COLOURS = LABELS.map(rgb);

  function colour(map, share) {
    const stops = STOPS[map], s = Math.min(Math.max(share, 0), 1) * (stops.length - 1), i = Math.min(Math.floor(s), stops.length - 2);
    return stops[i].map((value, c) => value + (s - i) * (stops[i + 1][c] - value));
  }

  /** Paint an n by m grid of colours, rows from the bottom up, as a canvas of that many pixels. */
  function raster(columns, rows, paint) {
    const canvas = element("canvas", { width: columns, height: rows }), context = canvas.getContext("2d");
    const pixels = context.createImageData(columns, rows);
    for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) pixels.data.set([...paint(x, rows - 1 - y), 255], 4 * (y * columns + x));
    context.putImageData(pixels, 0, 0);
    return canvas;
  }

  /** Draw pictures (n times channels * height * width numbers in [0, 1]) side by side, dark on light if grey. */
  function strip(canvas, pictures, [channels, height, width]) {
    const size = channels * height * width, count = pictures.length / size;
    canvas.width = count * (width + 1) - 1;
    canvas.height = height;
    const context = canvas.getContext("2d"), pixels = context.createImageData(width, height);
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < height * width; i++) {
        const part = (c) => 255 * Math.min(Math.max(pictures[k * size + c * height * width + i], 0), 1);
        pixels.data.set(channels === 3 ? [part(0), part(1), part(2), 255] : [255 - part(0), 255 - part(0), 255 - part(0), 255], 4 * i);
      }
      context.putImageData(pixels, k * (width + 1), 0);
    }
  }

  /** A labelled choice among a few names. */
  function choice(label, names, chosen, onChange) {
    const options = names.map((name, i) => element("option", { value: i, selected: i === chosen }, name));
    return element("label", { class: "lg-choice" }, element("span", {}, label), element("select", { change: (e) => onChange(+e.target.value) }, ...options));
  }

  /** A labelled slider over given values, which shows and speaks the value. */
  function slider(label, values, chosen, onChange) {
    const text = (i) => (typeof values[i] === "number" ? shown(values[i], 3) : values[i]);
    const output = element("output", {}, text(chosen));
    const input = element("input", {
      type: "range", min: 0, max: values.length - 1, step: 1, value: chosen, "aria-valuetext": text(chosen),
      input: () => {
        output.textContent = text(+input.value);
        input.setAttribute("aria-valuetext", text(+input.value));
        onChange(+input.value);
      },
    });
    return element("label", { class: "lg-slider" }, element("span", {}, label), input, output);
  }

  /** Rows of a name and a number; `set(key, text)` changes one. */
  function numbers(rows) {
    const list = element("dl", { class: "lg-numbers" }), places = {};
    for (const [key, name, hint] of rows) {
      places[key] = element("dd", {}, "–");
      list.append(element("div", { title: hint }, element("dt", {}, name), places[key]));
    }
    return { list, set: (key, text) => (places[key].textContent = text) };
  }

  /** Text for screen readers, spoken when what is shown has been still for a moment. */
  function speaker() {
    const place = element("p", { role: "status", class: "lg-spoken" });
    let waiting = 0;
    const say = (text) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => (place.textContent = text), 500);
    };
    return { place, say };
  }

  /** Run the last of many requests once a frame. */
  function oncePerFrame(action) {
    let asked = false;
    return () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        action();
      });
    };
  }

  const KINDS = {};
  const register = (name, mount) => (KINDS[name] = mount);

  /** Put a widget into its place on a page; what stood there for readers without scripts goes. */
  function mountPlace(place) {
    if (place.dataset.mounted) return;
    place.dataset.mounted = "1";
    const data = JSON.parse(place.querySelector("script[type='application/json']").textContent);
    place.querySelector(".lg-fallback")?.remove();
    KINDS[place.dataset.widget](place, data, {});
  }

  const mountAll = () => document.querySelectorAll("[data-widget]").forEach(mountPlace);
  if (globalThis.document) {
    if (document.readyState === "complete") setTimeout(mountAll);
    else addEventListener("load", () => setTimeout(mountAll));
    addEventListener("beforeprint", mountAll);
  }

  Object.assign(Companion, { STILL, element, shown, colour, LABEL_COLOURS, raster, strip, choice, slider, numbers, speaker, oncePerFrame, register, mountAll, KINDS });
})();

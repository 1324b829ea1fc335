/* The plane of codes: a coloured ground, curves drawn over it, and handles that are dragged. */
(() => {
  "use strict";
  const Companion = (globalThis.Companion = globalThis.Companion || {});
  const { element, shown } = Companion;

  class Plane {
    /** @param redraw called when the size or the theme has changed. */
    constructor(redraw) {
      this.canvas = element("canvas", { class: "lg-map", role: "img" });
      this.root = element("div", { class: "lg-plane" }, this.canvas);
      this.handles = [];
      this.ground = null;
      if (globalThis.ResizeObserver) new ResizeObserver(redraw).observe(this.canvas);
    }

    /** Choose the box [left, right, bottom, top] that is shown. */
    setBox(box) {
      this.box = box;
      this.canvas.style.aspectRatio = `${box[1] - box[0]} / ${box[3] - box[2]}`;
    }

    pixel(a, b) {
      const [left, right, bottom, top] = this.box;
      return [((a - left) / (right - left)) * this.width, ((top - b) / (top - bottom)) * this.height];
    }

    code(event) {
      const r = this.canvas.getBoundingClientRect(), [left, right, bottom, top] = this.box;
      return [left + ((event.clientX - r.left) / r.width) * (right - left), top - ((event.clientY - r.top) / r.height) * (top - bottom)];
    }

    inside([a, b]) {
      const [left, right, bottom, top] = this.box;
      return [Math.min(Math.max(a, left), right), Math.min(Math.max(b, bottom), top)];
    }

    /** Clear the plane and lay out its ground, a canvas of any size. */
    begin() {
      const scale = globalThis.devicePixelRatio || 1, { clientWidth, clientHeight } = this.canvas;
      [this.width, this.height] = [clientWidth || 320, clientHeight || 320];
      this.canvas.width = this.width * scale;
      this.canvas.height = this.height * scale;
      this.context = this.canvas.getContext("2d");
      this.context.scale(scale, scale);
      this.context.imageSmoothingEnabled = true;
      if (this.ground) this.context.drawImage(this.ground, 0, 0, this.width, this.height);
    }

    trace(z) {
      this.context.beginPath();
      for (let i = 0; i < z.length / 2; i++) this.context.lineTo(...this.pixel(z[2 * i], z[2 * i + 1]));
    }

    /** Draw a curve with a light rim, so that it stands out from any ground. */
    curve(z, { colour, dash = [], width = 2.2 }) {
      const c = this.context;
      c.lineJoin = c.lineCap = "round";
      for (const [style, w] of [["rgba(255,255,255,0.85)", width + 2.4], [colour, width]]) {
        this.trace(z);
        Object.assign(c, { strokeStyle: style, lineWidth: w });
        c.setLineDash(style === colour ? dash : []);
        c.stroke();
      }
      c.setLineDash([]);
    }

    dots(points, style, size) {
      const c = this.context;
      for (let i = 0; i < points.length / 2; i++) {
        c.fillStyle = typeof style === "function" ? style(i) : style;
        const [x, y] = this.pixel(points[2 * i], points[2 * i + 1]);
        c.fillRect(x - size / 2, y - size / 2, size, size);
      }
    }

    /** Draw a vector as an arrow of a length in pixels. */
    arrow([a, b], [u, v], { colour, size = 26 }) {
      const c = this.context, [x, y] = this.pixel(a, b), [p, q] = this.pixel(a + u, b + v);
      const length = Math.hypot(p - x, q - y) || 1, e = [(p - x) / length, (q - y) / length], tip = [x + size * e[0], y + size * e[1]];
      c.lineCap = "round";
      for (const [style, w] of [["rgba(255,255,255,0.9)", 4.6], [colour, 2]]) {
        c.beginPath();
        c.moveTo(x, y);
        c.lineTo(...tip);
        for (const side of [-1, 1]) {
          c.moveTo(...tip);
          c.lineTo(tip[0] - 7 * e[0] + side * 4 * e[1], tip[1] - 7 * e[1] - side * 4 * e[0]);
        }
        Object.assign(c, { strokeStyle: style, lineWidth: w });
        c.stroke();
      }
    }

    /** Add a handle that mouse, touch and arrow keys move; `onMove` hears of each move. */
    handle(name, at, onMove) {
      const knob = element("div", { class: "lg-handle", role: "slider", tabindex: 0, "aria-label": `Code ${name}: arrow keys move it, with Shift in large steps` }, element("span", { "aria-hidden": "true" }, name));
      const handle = { name, at, knob, start: at };
      const go = (z) => {
        this.place(handle, z);
        onMove();
      };
      knob.addEventListener("pointerdown", (event) => {
        knob.setPointerCapture(event.pointerId);
        knob.focus({ preventScroll: true });
        event.preventDefault();
      });
      knob.addEventListener("pointermove", (event) => knob.hasPointerCapture(event.pointerId) && go(this.code(event)));
      knob.addEventListener("keydown", (event) => {
        const [left, right, bottom, top] = this.box, share = event.shiftKey ? 0.1 : 0.02, { at: z } = handle;
        const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
        if (!step && event.key !== "Home") return;
        event.preventDefault();
        go(step ? [z[0] + share * step[0] * (right - left), z[1] + share * step[1] * (top - bottom)] : handle.start);
      });
      this.canvas.addEventListener("click", (event) => {
        const z = this.code(event), far = (h) => Math.hypot(h.at[0] - z[0], h.at[1] - z[1]);
        if (this.handles.every((other) => far(handle) <= far(other))) go(z);
      });
      this.handles.push(handle);
      this.root.append(knob);
      return handle;
    }

    place(handle, z) {
      handle.at = this.inside(z);
      const [left, right, bottom, top] = this.box, [a, b] = handle.at;
      Object.assign(handle.knob.style, { left: `${(100 * (a - left)) / (right - left)}%`, top: `${(100 * (top - b)) / (top - bottom)}%` });
      const attributes = { "aria-valuemin": left.toFixed(2), "aria-valuemax": right.toFixed(2), "aria-valuenow": a.toFixed(2), "aria-valuetext": `z1 ${shown(a, 3)}, z2 ${shown(b, 3)}` };
      for (const [name, value] of Object.entries(attributes)) handle.knob.setAttribute(name, value);
    }
  }

  Companion.Plane = Plane;
})();

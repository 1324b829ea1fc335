/* The latent explorer: two codes to drag, the straight line and the geodesic between them, and what they decode to. */
(() => {
  "use strict";
  const Companion = (globalThis.Companion = globalThis.Companion || {});
  const { element, shown } = Companion;
  const SEGMENTS = 48, FRAMES = 9, MOST_STEPS = 150;
  const MOVE_BUDGET = 12, SETTLE_BUDGET = 12; // milliseconds that relaxing may take in one go
  const STRAIGHT = "#20242a", GEODESIC = "#b4472f", CIRCLE = "#5b3f8f";
  const NUMBERS = [
    ["straight", "straight line, length", "how far the picture moves along the straight line of codes"],
    ["geodesic", "geodesic, length", "how far it moves along the shortest curve that was found"],
    ["ratio", "straight ÷ geodesic", "1 where the straight line is a geodesic"],
    ["straightEnergy", "straight line, energy", "half the mean squared speed at constant steps"],
    ["geodesicEnergy", "geodesic, energy", "half its squared length"],
    ["holonomy", "holonomy of the circle", "the angle by which an arrow comes back turned: the curvature inside"],
    ["library", "geodesic, by the library", "the same length, computed in Python"],
  ];

  class Explorer {
    constructor(place, data, { onMove } = {}) {
      Object.assign(this, { place, data, onMove, model: null, known: data.models.length, field: 0, loop: false, coarse: null, phase: 0 });
      this.plane = new Companion.Plane(Companion.oncePerFrame(() => this.draw()));
      this.numbers = Companion.numbers(NUMBERS);
      this.speaker = Companion.speaker();
      this.strips = ["straight line", "geodesic"].map((name) => {
        const canvas = element("canvas", { role: "img", "aria-label": `pictures along the ${name}` });
        return { canvas, row: element("div", { class: "lg-strip" }, element("span", {}, name), canvas) };
      });
      this.controls = element("div", { class: "lg-controls" });
      this.refused = element("p", { class: "lg-note", role: "alert" });
      this.legend = element("div", { class: "lg-legend" });
      const left = element("div", { class: "lg-left" }, this.plane.root, this.legend);
      const right = element("div", { class: "lg-right" }, this.controls, this.numbers.list);
      const frame = element("div", { class: "lg-explorer", role: "group", "aria-label": "Latent explorer" }, left, right, ...this.strips.map((s) => s.row), this.speaker.place);
      place.append(frame);
      this.takesFiles(frame);
      this.choose(0);
      const move = Companion.oncePerFrame(() => this.move());
      this.a = this.plane.handle("A", this.model.ends[0], move);
      this.b = this.plane.handle("B", this.model.ends[1], move);
      this.restart();
      place.dataset.ready = "1";
    }

    /** Show another model: its plane, its fields, its own codes. */
    choose(index) {
      const kind = this.model?.fields[this.field]?.name;
      this.model = Companion.unpackModel(this.data.models[index]);
      this.index = index;
      this.shape = this.model.shape === undefined ? this.data.shape : this.model.shape;
      for (const { row } of this.strips) row.hidden = !this.shape;
      this.field = Math.max(0, this.model.fields.findIndex((field) => field.name === kind));
      this.plane.setBox(this.model.box);
      this.controls.replaceChildren(...this.makeControls());
      this.showField(this.field);
      if (this.a) this.restart();
    }

    makeControls() {
      const parts = [], names = this.data.models.map((model) => model.name);
      if (names.length > 1) parts.push(Companion.choice("model", names, this.index, (i) => this.choose(i)));
      parts.push(Companion.choice("colour", this.model.fields.map((f) => f.name), this.field, (i) => this.showField(i)));
      const box = element("input", { type: "checkbox", checked: this.loop, change: () => this.showLoop(box.checked) });
      parts.push(element("label", { class: "lg-check" }, box, element("span", {}, "carry an arrow round the circle through A and B")));
      const input = element("input", { type: "file", accept: ".json,application/json", change: () => this.take(input.files[0]) });
      const hint = "a file of pullback.export, by choice or by drop; it stays on this machine";
      parts.push(element("details", { class: "lg-file" }, element("summary", {}, "your own decoder"), element("label", {}, element("span", {}, hint), input), this.refused));
      return parts;
    }

    /** Take the file of a reader's own decoder wherever it is dropped on the explorer. */
    takesFiles(frame) {
      frame.addEventListener("dragover", (event) => event.preventDefault());
      frame.addEventListener("drop", (event) => {
        event.preventDefault();
        this.take(event.dataTransfer.files[0]);
      });
    }

    /** Show a reader's own decoder, or say in words why not. */
    async take(file) {
      if (!file) return;
      this.refused.textContent = "";
      try {
        const model = await Companion.readDecoder(file);
        this.data = { ...this.data, models: [...this.data.models.filter((known, i) => i < this.known || known.name !== model.name), model] };
        this.choose(this.data.models.length - 1);
      } catch (error) {
        this.refused.textContent = error.message;
        this.controls.querySelector(".lg-file").open = true;
      }
    }

    showField(index) {
      this.field = index;
      const field = this.model.fields[index];
      this.plane.ground = field.ground;
      this.legend.replaceChildren(...(field.kind === "labels" ? this.labelLegend(field) : this.scaleLegend(field)));
      this.draw();
    }

    labelLegend(field) {
      return field.names.map((name, i) => {
        const colour = Companion.LABEL_COLOURS[i % Companion.LABEL_COLOURS.length];
        return element("span", { class: "lg-key" }, element("i", { style: `background: rgb(${colour})` }), name);
      });
    }

    scaleLegend(field) {
      const bar = Companion.raster(128, 1, (x) => Companion.colour(field.kind, x / 127));
      bar.setAttribute("aria-hidden", "true");
      return [element("span", {}, shown(field.low, 3)), bar, element("span", {}, shown(field.high, 3)), element("span", { class: "lg-symbol" }, field.symbol)];
    }

    showLoop(on) {
      this.loop = on;
      this.move();
      if (on && !Companion.STILL.matches) this.play();
    }

    /** Let one arrow walk round the circle once. */
    play() {
      const begin = performance.now();
      const tick = (now) => {
        this.phase = Math.min((now - begin) / 4000, 1);
        this.draw();
        if (this.phase < 1 && this.loop) requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
    }

    restart() {
      const [a, b] = this.model.ends;
      this.coarse = null;
      for (const [handle, at] of [[this.a, a], [this.b, b]]) {
        handle.start = at;
        this.plane.place(handle, at);
      }
      this.move();
    }

    /** Answer a move of a handle within a frame or two: relax the last curve a little, from where it is. */
    move() {
      const begin = performance.now(), { immersion, pieces } = this.model, [a, b] = [this.a.at, this.b.at];
      this.job = null; // what was settling is out of date
      this.line = Companion.line(a, b, pieces.moving);
      this.straight = Companion.measure(immersion, this.line);
      const start = this.coarse ? Companion.carried(this.coarse, a, b) : Companion.line(a, b, pieces.coarse);
      const run = new Companion.Relaxation(immersion, start);
      do run.step();
      while (run.steps < 6 && !run.converged && performance.now() - begin < MOVE_BUDGET);
      this.coarse = run.z;
      this.geodesic = Companion.resample(run.z, pieces.moving);
      this.measured = Companion.measure(immersion, this.geodesic);
      this.settled = false;
      if (this.loop) this.carry(pieces.circling);
      this.draw();
      this.show();
      this.place.dataset.state = "moving";
      this.place.dataset.milliseconds = (performance.now() - begin).toFixed(1);
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.relax(), 120);
    }

    /** Once the handles rest: start afresh from several curves, and relax the shortest until it is a geodesic. */
    relax() {
      const job = (this.job = this.settling());
      const work = () => {
        if (job !== this.job) return;
        const begin = performance.now();
        let done = false;
        while (!done && performance.now() - begin < SETTLE_BUDGET) ({ done } = job.next());
        if (!done) return setTimeout(work, 4);
        this.draw();
        this.show();
      };
      work();
    }

    *settling() {
      const { immersion, pieces } = this.model, [a, b] = [this.a.at, this.b.at], key = String([a, b]);
      const start = yield* Companion.race(immersion, a, b, { others: [this.coarse], n: pieces.coarse, fine: pieces.fine });
      const run = new Companion.Relaxation(immersion, start);
      while (!run.converged && run.steps < MOST_STEPS) yield run.step();
      if (key !== String([this.a.at, this.b.at])) return;
      this.line = Companion.line(a, b, SEGMENTS);
      this.straight = Companion.measure(immersion, this.line);
      this.geodesic = Companion.resample(run.z, SEGMENTS);
      this.measured = Companion.measure(immersion, this.geodesic);
      this.coarse = Companion.resample(run.z, pieces.coarse);
      this.settled = run.converged;
      if (this.loop) {
        yield this.carry(pieces.circle);
        this.angle = Companion.holonomy(immersion, this.circle, this.carried.angle);
      }
      this.place.dataset.state = run.converged ? "settled" : "not converged";
      if (this.index < this.known) this.onMove?.({ model: this.index, a, b, loop: this.loop });
    }

    carry(n) {
      const { immersion } = this.model;
      this.circle = Companion.circle(this.a.at, this.b.at, n);
      this.carried = Companion.transport(immersion, this.circle, [this.b.at[0] - this.a.at[0], this.b.at[1] - this.a.at[1]]);
      this.angle = this.carried.angle;
    }

    /** Write the numbers, decode the film strips, and say in words what is seen. */
    show(library) {
      const { straight, measured, settled } = this, ratio = straight.length / measured.length;
      const about = settled ? "" : "≈ ", degrees = this.loop ? `${shown((this.angle * 180) / Math.PI, 3)}°` : "–";
      const texts = { straight: shown(straight.length), geodesic: about + shown(measured.length), ratio: about + shown(ratio), straightEnergy: shown(straight.energy), geodesicEnergy: about + shown(measured.energy), holonomy: degrees };
      for (const [key, text] of Object.entries(texts)) this.numbers.set(key, text);
      this.numbers.set("library", library === undefined ? "" : shown(library));
      const own = { straight: straight.length, geodesic: measured.length, ratio, energy: measured.energy, holonomy: this.loop ? this.angle : "" };
      Object.assign(this.place.dataset, own);
      if (this.shape) {
        const curves = [[this.line, straight.image], [this.geodesic, measured.image]];
        curves.forEach((curve, i) => Companion.strip(this.strips[i].canvas, this.frames(...curve), this.shape));
      }
      const words = `${this.model.name}. The straight line is ${shown(straight.length, 3)} long, the geodesic ${shown(measured.length, 3)}: ratio ${shown(ratio, 3)}.` + (this.loop ? ` An arrow carried round the circle comes back turned by ${shown((this.angle * 180) / Math.PI, 3)} degrees.` : "");
      this.plane.canvas.setAttribute("aria-label", `The plane of codes, coloured by ${this.model.fields[this.field].name}. ${words}`);
      this.speaker.say(words);
    }

    /** Pictures at equal steps along a curve; where its image is made of pictures, they are there already. */
    frames(z, image) {
      const { immersion } = this.model, n = z.length / 2 - 1, every = n / (FRAMES - 1), size = immersion.width;
      if (!immersion.keepsPictures) return immersion.decode(Companion.resample(z, FRAMES - 1));
      const out = new Float64Array(FRAMES * size);
      for (let k = 0; k < FRAMES; k++) out.set(image.subarray(k * every * size, (k * every + 1) * size), k * size);
      return out;
    }

    /** Take in what the library has computed. */
    answer(library) {
      this.show(library.geodesic);
    }

    draw() {
      const { plane } = this;
      if (!this.line) return;
      plane.begin();
      plane.dots(this.model.points, "rgba(255,255,255,0.55)", 1.6);
      if (this.loop) this.drawLoop();
      plane.curve(this.line, { colour: STRAIGHT, dash: [1, 5] });
      plane.curve(this.geodesic, { colour: GEODESIC, dash: this.settled ? [] : [7, 5] });
    }

    drawLoop() {
      const { plane, circle, carried } = this, n = circle.length / 2 - 1, every = n / 16;
      plane.curve(circle, { colour: CIRCLE, width: 1.4 });
      const arrow = (i, options) => plane.arrow([circle[2 * i], circle[2 * i + 1]], [carried.vectors[2 * i], carried.vectors[2 * i + 1]], options);
      for (let i = every; i < n; i += every) arrow(i, { colour: CIRCLE, size: 16 });
      arrow(0, { colour: STRAIGHT, size: 30 });
      arrow(Math.round((Companion.STILL.matches ? 1 : this.phase) * n), { colour: GEODESIC, size: 30 });
    }
  }

  Companion.register("latent-explorer", (place, data, live) => new Explorer(place, data, live));

  /** What Jupyter calls: the same explorer, which also asks the library for its numbers. */
  Companion.render = ({ model, el }) => {
    el.classList.add("lg-live");
    const explorer = Companion.KINDS[model.get("kind")](el, model.get("data"), {
      onMove: (state) => {
        model.set("state", state);
        model.save_changes();
      },
    });
    model.on("change:library", () => explorer?.answer?.(model.get("library")));
  };
})();

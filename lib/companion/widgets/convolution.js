/* Layers of convolutional decoders: convolutions both ways, upsampling, and norms. */
(() => {
  "use strict";
  const Companion = (globalThis.Companion = globalThis.Companion || {});
  const ROWS = 4, COLUMNS = 2; // a tile of the product, whose sums stay in registers
  const padded = (n, step) => step * Math.ceil(n / step);

  /** C = A B^T of A (m, k) and B (n, k): m a multiple of ROWS, n of COLUMNS, so that no tile has a rest. */
  function multiply(m, n, k, A, B, C) {
    for (let r = 0; r < m; r += ROWS) {
      const a = r * k, b = a + k, c = b + k, d = c + k;
      for (let s = 0; s < n; s += COLUMNS) {
        const e = s * k, f = e + k, to = r * n + s;
        let ae = 0, af = 0, be = 0, bf = 0, ce = 0, cf = 0, de = 0, df = 0;
        for (let i = 0; i < k; i++) {
          const x = B[e + i], y = B[f + i], p = A[a + i], q = A[b + i], u = A[c + i], v = A[d + i];
          ae += p * x;
          af += p * y;
          be += q * x;
          bf += q * y;
          ce += u * x;
          cf += u * y;
          de += v * x;
          df += v * y;
        }
        C[to] = ae;
        C[to + 1] = af;
        C[to + n] = be;
        C[to + n + 1] = bf;
        C[to + 2 * n] = ce;
        C[to + 2 * n + 1] = cf;
        C[to + 3 * n] = de;
        C[to + 3 * n + 1] = df;
      }
    }
  }

  /** Bend values where they stand, and scale their tangents by the slope. */
  function bend(activation, y, p, q) {
    if (activation === "identity") return [y, p, q];
    const [act, slope] = Companion.activation(activation);
    for (let i = 0; i < y.length; i++) {
      const x = y[i], value = (y[i] = act(x));
      if (!p) continue;
      const d = slope(value, x);
      p[i] *= d;
      q[i] *= d;
    }
    return [y, p, q];
  }

  /** y = act(W^T x + b), W^T the transpose of a convolution: maps (channels, h, w) become (maps, H, W). */
  class Transposed {
    constructor({ input, output, kernel, stride, padding, weight, bias, activation }) {
      const [channels, height, width] = input, [maps, rows, columns] = output, taps = kernel[0] * kernel[1];
      Object.assign(this, { channels, maps, taps, activation, bias: Companion.unpack(bias) });
      this.pixels = height * width;
      this.size = rows * columns;
      this.rows = maps * this.size;
      this.products = padded(maps * taps, COLUMNS);
      this.weight = new Float64Array(this.products * channels); // (map, tap) by channel
      this.weight.set(Companion.unpack(weight));
      this.cost = this.pixels * maps * taps * channels;
      this.target = new Int32Array(this.pixels * taps); // where a tap of a pixel falls, -1 beside the picture
      for (let i = 0; i < this.pixels; i++) {
        const top = Math.floor(i / width) * stride[0] - padding[0], left = (i % width) * stride[1] - padding[1];
        for (let t = 0; t < taps; t++) {
          const r = top + Math.floor(t / kernel[1]), c = left + (t % kernel[1]);
          this.target[i * taps + t] = r >= 0 && r < rows && c >= 0 && c < columns ? r * columns + c : -1;
        }
      }
    }

    run(n, x, u, v) {
      const { channels, pixels, products, rows } = this, lines = padded(pixels, ROWS);
      const from = new Float64Array(lines * channels), to = new Float64Array(lines * products);
      const spread = (given, start) => {
        const out = new Float64Array(n * rows);
        for (let k = 0; k < n; k++) { // one picture at a time, so that its products stay in the cache
          for (let c = 0, at = k * channels * pixels; c < channels; c++) {
            for (let i = 0; i < pixels; i++) from[i * channels + c] = given[at++];
          }
          multiply(lines, products, channels, from, this.weight, to);
          this.add(to, out, k * rows, start);
        }
        return out;
      };
      return bend(this.activation, spread(x, this.bias), u && spread(u), v && spread(v));
    }

    /** Add up, on top of the bias, what the taps of all pixels contribute to one picture. */
    add(products, out, first, bias) {
      const { maps, taps, pixels, size, target } = this;
      for (let o = 0; o < maps; o++) {
        const at = first + o * size;
        if (bias) out.fill(bias[o], at, at + size);
        for (let i = 0; i < pixels; i++) {
          const from = i * this.products + o * taps, place = i * taps;
          for (let t = 0; t < taps; t++) if (target[place + t] >= 0) out[at + target[place + t]] += products[from + t];
        }
      }
    }
  }

  /** y = act(W * x + b), a convolution: maps (channels, h, w) become (maps, H, W). */
  class Convolution {
    constructor({ input, output, kernel, stride, padding, weight, bias, activation }) {
      const [channels, height, width] = input, [maps, rows, columns] = output;
      Object.assign(this, { channels, maps, activation, size: rows * columns, inside: height * width, bias: Companion.unpack(bias) });
      this.rows = maps * this.size;
      this.taps = channels * kernel[0] * kernel[1];
      this.weight = new Float64Array(padded(maps, COLUMNS) * this.taps); // map by (channel, tap)
      this.weight.set(Companion.unpack(weight));
      this.cost = this.size * maps * this.taps;
      this.source = new Int32Array(this.size * this.taps); // what a tap of a pixel reads, -1 beside the picture
      for (let i = 0, at = 0; i < this.size; i++) {
        const top = Math.floor(i / columns) * stride[0] - padding[0], left = (i % columns) * stride[1] - padding[1];
        for (let c = 0; c < channels; c++) {
          for (let t = 0; t < kernel[0] * kernel[1]; t++, at++) {
            const r = top + Math.floor(t / kernel[1]), s = left + (t % kernel[1]);
            this.source[at] = r >= 0 && r < height && s >= 0 && s < width ? c * this.inside + r * width + s : -1;
          }
        }
      }
    }

    run(n, x, u, v) {
      const { maps, taps, size, rows, channels, inside, source } = this, lines = padded(size, ROWS), wide = padded(maps, COLUMNS);
      const from = new Float64Array(lines * taps), to = new Float64Array(lines * wide);
      const gather = (given, bias) => {
        const out = new Float64Array(n * rows);
        for (let k = 0; k < n; k++) {
          const first = k * channels * inside;
          for (let i = 0; i < source.length; i++) from[i] = source[i] < 0 ? 0 : given[first + source[i]];
          multiply(lines, wide, taps, from, this.weight, to);
          for (let o = 0; o < maps; o++) {
            for (let i = 0, at = k * rows + o * size; i < size; i++) out[at++] = to[i * wide + o] + (bias ? bias[o] : 0);
          }
        }
        return out;
      };
      return bend(this.activation, gather(x, this.bias), u && gather(u), v && gather(v));
    }
  }

  /** Repeat each pixel of maps (channels, h, w) to (channels, H, W). */
  class Upsampled {
    constructor({ input, output, activation }) {
      const [channels, height, width] = input, [, rows, columns] = output;
      Object.assign(this, { activation, rows: channels * rows * columns, inside: channels * height * width, cost: 0 });
      this.source = Int32Array.from({ length: this.rows }, (_, i) => {
        const c = Math.floor(i / (rows * columns)), r = Math.floor((i % (rows * columns)) / columns), s = i % columns;
        return (c * height + Math.floor((r * height) / rows)) * width + Math.floor((s * width) / columns);
      });
    }

    run(n, x, u, v) {
      const copy = (given) => {
        const out = new Float64Array(n * this.rows);
        for (let i = 0; i < out.length; i++) out[i] = given[Math.floor(i / this.rows) * this.inside + this.source[i % this.rows]];
        return out;
      };
      return bend(this.activation, copy(x), u && copy(u), v && copy(v));
    }
  }

  /** Multiply and shift runs of `each` entries, in place; a tangent is not shifted. */
  function scale({ each, weight, bias }, rows, values, shifted) {
    for (let i = 0; i < values.length; i++) {
      const c = Math.floor((i % rows) / each);
      values[i] = weight[c] * values[i] + (shifted ? bias[c] : 0);
    }
  }

  const scaling = (given) => given && { each: given.each, weight: Companion.unpack(given.weight), bias: Companion.unpack(given.bias) };

  /** y = act(w x + b) with one w and b a channel. */
  class Scaled {
    constructor({ rows, scale: given, activation }) {
      Object.assign(this, { rows, activation, scale: scaling(given), cost: rows });
    }

    run(n, x, u, v) {
      const parts = [x, u, v].map((part) => part && Float64Array.from(part));
      parts.forEach((part, i) => part && scale(this.scale, this.rows, part, i === 0));
      return bend(this.activation, ...parts);
    }
  }

  /** y = act((x - mean) / s), s^2 = variance + eps, of each run of `size` entries by its own statistics. */
  class Normalised {
    constructor({ rows, size, eps, scale: given, activation }) {
      Object.assign(this, { rows, size, eps, activation, scale: scaling(given), cost: 0 });
    }

    run(n, x, u, v) {
      const { size, eps } = this, y = Float64Array.from(x), p = u && Float64Array.from(u), q = v && Float64Array.from(v);
      for (let at = 0; at < y.length; at += size) {
        let mean = 0, square = 0;
        for (let i = at; i < at + size; i++) mean += y[i] / size;
        for (let i = at; i < at + size; i++) square += (y[i] -= mean) ** 2 / size;
        const s = Math.sqrt(square + eps);
        for (let i = at; i < at + size; i++) y[i] /= s;
        if (p) for (const t of [p, q]) this.carry(y, t, at, s);
      }
      if (this.scale) [y, p, q].forEach((part, i) => part && scale(this.scale, this.rows, part, i === 0));
      return bend(this.activation, y, p, q);
    }

    /** dy = (dx - mean(dx) - y mean(y dx)) / s: mean and scale move with the point. */
    carry(y, t, at, s) {
      const { size } = this;
      let mean = 0, along = 0;
      for (let i = at; i < at + size; i++) {
        mean += t[i] / size;
        along += (y[i] * t[i]) / size;
      }
      for (let i = at; i < at + size; i++) t[i] = (t[i] - mean - y[i] * along) / s;
    }
  }

  Object.assign(Companion.LAYERS, { transposed: Transposed, convolution: Convolution, upsampled: Upsampled, scaled: Scaled, normalised: Normalised });
})();

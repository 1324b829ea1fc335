/* Networks in the page: weights from base64 float16, images and derivatives of batches of codes.
 * A classic script. Every file of this folder adds to the one global name `Companion`. */
(() => {
  "use strict";
  const Companion = (globalThis.Companion = globalThis.Companion || {});

  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

  const POWERS = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (exponent - 25)); // one is 1024 of them

  function half(h) {
    const sign = h & 0x8000 ? -1 : 1, exponent = (h >> 10) & 31, fraction = h & 1023;
    if (exponent === 0) return sign * 2 ** -24 * fraction;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * POWERS[exponent] * (1024 + fraction);
  }

  /** Unpack {type: "f2" | "f4" | "u1", data: base64, little endian} to numbers. */
  function unpack(packed) {
    const raw = bytes(packed.data);
    if (packed.type === "u1") return raw;
    const view = new DataView(raw.buffer), size = packed.type === "f2" ? 2 : 4;
    const read = size === 2 ? (i) => half(view.getUint16(2 * i, true)) : (i) => view.getFloat32(4 * i, true);
    return Float64Array.from({ length: raw.length / size }, (_, i) => read(i));
  }

  const logistic = (x) => 1 / (1 + Math.exp(-x));
  const ROOT = Math.sqrt(2 / Math.PI), CUBE = 0.044715; // of the approximate GELU

  /** The normal distribution function: a series near 0, a continued fraction beyond, both to the last digits. */
  function normal(x) {
    const a = Math.abs(x);
    if (a > 38) return x > 0 ? 1 : 0;
    const density = Math.exp(-0.5 * a * a) / Math.sqrt(2 * Math.PI);
    let tail;
    if (a < 3) {
      let sum = a, term = a;
      for (let k = 3; Math.abs(term) > 1e-17 * sum; k += 2) sum += term *= (a * a) / k;
      tail = 0.5 - density * sum;
    } else {
      let f = a;
      for (let k = 60; k > 0; k--) f = a + k / f;
      tail = density / f;
    }
    return x > 0 ? 1 - tail : tail;
  }

  // activation and its derivative, the latter as a function of the activation's value and argument; a name may carry
  // one number behind a colon, which comes last
  const ACTIVATIONS = {
    identity: [(x) => x, () => 1],
    elu: [(x) => (x > 0 ? x : Math.expm1(x)), (y) => (y > 0 ? 1 : y + 1)],
    relu: [(x) => (x > 0 ? x : 0), (y) => (y > 0 ? 1 : 0)],
    tanh: [Math.tanh, (y) => 1 - y * y],
    sigmoid: [logistic, (y) => y * (1 - y)],
    softplus: [(x) => (x > 30 ? x : Math.log1p(Math.exp(x))), (y) => -Math.expm1(-y)],
    rsqrt: [(x) => 1 / Math.sqrt(x), (y) => -0.5 * y * y * y],
    silu: [(x) => x * logistic(x), (y, x) => logistic(x) * (1 + x - y)],
    gelu: [(x) => x * normal(x), (y, x) => normal(x) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI)],
    "gelu-tanh": [
      (x) => 0.5 * x * (1 + Math.tanh(ROOT * (x + CUBE * x ** 3))),
      (y, x) => {
        const t = Math.tanh(ROOT * (x + CUBE * x ** 3));
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * ROOT * (1 + 3 * CUBE * x * x);
      },
    ],
  };
  const WITH_A_NUMBER = {
    elu: (c) => [(x) => (x > 0 ? x : c * Math.expm1(x)), (y, x) => (x > 0 ? 1 : y + c)],
    leaky: (c) => [(x) => (x > 0 ? x : c * x), (y, x) => (x > 0 ? 1 : c)],
    softplus: (c) => [(x) => (c * x > 30 ? x : Math.log1p(Math.exp(c * x)) / c), (y) => -Math.expm1(-c * y)],
  };

  /** An activation by its name, undefined where there is none of that name. */
  function activation(text) {
    const [name, number] = String(text).split(":");
    if (number === undefined) return Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
    const value = Number(number);
    return Object.hasOwn(WITH_A_NUMBER, name) && Number.isFinite(value) ? WITH_A_NUMBER[name](value) : undefined;
  }

  /** y = act(W x + b) for n points; with tangents, both columns of the Jacobian are carried along. */
  class Affine {
    constructor({ rows, columns, weight, bias, activation }) {
      this.rows = rows;
      this.columns = columns;
      this.weight = weight instanceof Float64Array ? weight : unpack(weight);
      this.bias = bias instanceof Float64Array ? bias : unpack(bias);
      this.activation = activation;
      this.cost = rows * columns;
    }

    run(n, x, u, v) {
      const { rows, columns, weight, bias } = this, [act, slope] = activation(this.activation);
      const y = new Float64Array(n * rows), p = u && new Float64Array(n * rows), q = u && new Float64Array(n * rows);
      for (let o = 0; o < rows; o++) {
        const at = o * columns, b = bias[o];
        for (let k = 0; k < n; k++) {
          const from = k * columns, to = k * rows + o;
          if (!u) {
            let s = b;
            for (let i = 0; i < columns; i++) s += weight[at + i] * x[from + i];
            y[to] = act(s);
            continue;
          }
          let s = b, su = 0, sv = 0;
          for (let i = 0; i < columns; i++) {
            const w = weight[at + i];
            s += w * x[from + i];
            su += w * u[from + i];
            sv += w * v[from + i];
          }
          const value = act(s), d = slope(value, s);
          y[to] = value;
          p[to] = d * su;
          q[to] = d * sv;
        }
      }
      return [y, p, q];
    }

    /** The QR factor R in place of an affine map W x + b: all distances between images stay as they are. */
    folded() {
      const { rows, columns: n, weight } = this, gram = new Float64Array(n * n), R = new Float64Array(n * n);
      for (let o = 0; o < rows; o++) {
        const at = o * n;
        for (let i = 0; i < n; i++) {
          const w = weight[at + i];
          for (let j = i; j < n; j++) gram[i * n + j] += w * weight[at + j];
        }
      }
      let trace = 0;
      for (let i = 0; i < n; i++) trace += gram[i * n + i];
      const least = (1e-14 * trace) / n;
      for (let i = 0; i < n; i++) {
        for (let j = i; j < n; j++) {
          let s = gram[i * n + j];
          for (let k = 0; k < i; k++) s -= R[k * n + i] * R[k * n + j];
          if (j === i) R[i * n + i] = Math.sqrt(Math.max(s, least));
          else R[i * n + j] = s / R[i * n + i];
        }
      }
      return new Affine({ rows: n, columns: n, weight: R, bias: new Float64Array(n), activation: "identity" });
    }
  }

  /** Radial basis functions exp(-rate |z - centre|^2) of two coordinates: the first layer of the precision network. */
  class RadialBasis {
    constructor({ centres, rates }) {
      this.centres = unpack(centres);
      this.rates = unpack(rates);
      this.rows = this.rates.length;
      this.cost = 2 * this.rows;
    }

    run(n, x, u, v) {
      const m = this.rows, y = new Float64Array(n * m), p = u && new Float64Array(n * m), q = u && new Float64Array(n * m);
      for (let k = 0; k < n; k++) {
        for (let o = 0; o < m; o++) {
          const a = x[2 * k] - this.centres[2 * o], b = x[2 * k + 1] - this.centres[2 * o + 1];
          const value = Math.exp(-this.rates[o] * (a * a + b * b)), slope = -2 * this.rates[o] * value, to = k * m + o;
          y[to] = value;
          if (!u) continue;
          p[to] = slope * (a * u[2 * k] + b * u[2 * k + 1]);
          q[to] = slope * (a * v[2 * k] + b * v[2 * k + 1]);
        }
      }
      return [y, p, q];
    }
  }

  const LAYERS = { affine: Affine, rbf: RadialBasis }; // other files add theirs
  const through = (layers, n, x, u, v) => layers.reduce(([a, b, c], layer) => layer.run(n, a, b, c), [x, u, v]);

  /** A decoder and what else the metric sees of a model, such as its standard deviation. */
  class Immersion {
    constructor(networks) {
      this.networks = networks.map((layers) => layers.map((layer) => new LAYERS[layer.kind](layer)));
      this.measured = this.networks.map((layers) => {
        const last = layers[layers.length - 1];
        const folds = last instanceof Affine && last.activation === "identity" && last.rows > last.columns;
        return folds ? [...layers.slice(0, -1), last.folded()] : layers;
      });
      this.keepsPictures = this.measured.length === 1 && this.measured[0] === this.networks[0];
      this.width = this.measured.reduce((sum, layers) => sum + layers[layers.length - 1].rows, 0);
      this.cost = this.measured.flat().reduce((sum, layer) => sum + layer.cost, 0); // multiply-adds a point
    }

    /** Decode n codes (2n numbers) to n pictures, by the first network. */
    decode(z) {
      return through(this.networks[0], z.length / 2, Float64Array.from(z))[0];
    }

    /** Images and both columns of the Jacobian, (n * width) each, up to a rotation of the ambient space. */
    jacobian(z) {
      const n = z.length / 2, u = new Float64Array(2 * n), v = new Float64Array(2 * n);
      for (let k = 0; k < n; k++) u[2 * k] = v[2 * k + 1] = 1;
      return this.joined(n, this.measured.map((layers) => through(layers, n, Float64Array.from(z), u, v)));
    }

    image(z) {
      const n = z.length / 2;
      return this.joined(n, this.measured.map((layers) => through(layers, n, Float64Array.from(z))))[0];
    }

    joined(n, parts) {
      if (parts.length === 1) return parts[0];
      return [0, 1, 2].map((which) => {
        if (!parts[0][which]) return undefined;
        const all = new Float64Array(n * this.width);
        let at = 0;
        for (const part of parts) {
          const m = part[which].length / n;
          for (let k = 0; k < n; k++) all.set(part[which].subarray(k * m, (k + 1) * m), k * this.width + at);
          at += m;
        }
        return all;
      });
    }
  }

  Object.assign(Companion, { unpack, activation, LAYERS, Immersion });
})();

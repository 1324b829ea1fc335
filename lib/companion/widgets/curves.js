/* Curves on the surface that an immersion makes of the plane of codes: lengths, geodesics, transport. */
(() => {
  "use strict";
  const Companion = (globalThis.Companion = globalThis.Companion || {});

  const TOLERANCE = 1e-3; // of the residual, whose square is the share of the energy still to be saved

  /** Equal steps on the straight line between two codes, n + 1 nodes, bent sideways by a share of its length. */
  function line(a, b, n, bend = 0) {
    const z = new Float64Array(2 * (n + 1)), d = [b[0] - a[0], b[1] - a[1]];
    for (let i = 0; i <= n; i++) {
      const t = i / n, side = bend * Math.sin(Math.PI * t);
      z[2 * i] = a[0] + t * d[0] - side * d[1];
      z[2 * i + 1] = a[1] + t * d[1] + side * d[0];
    }
    return z;
  }

  /** Read a curve at n + 1 equal parameters, between its nodes by Catmull and Rom's cubics. */
  function resample(z, n) {
    const last = z.length / 2 - 1, out = new Float64Array(2 * (n + 1));
    for (let i = 0; i <= n; i++) {
      const s = (i / n) * last, k = Math.min(Math.floor(s), last - 1), t = s - k;
      for (let c = 0; c < 2; c++) {
        const node = (j) => z[2 * j + c];
        const p1 = node(k), p2 = node(k + 1);
        const p0 = k > 0 ? node(k - 1) : 2 * p1 - p2, p3 = k + 2 <= last ? node(k + 2) : 2 * p2 - p1;
        const cubic = p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)));
        out[2 * i + c] = cubic;
      }
    }
    return out;
  }

  /** Space n + 1 nodes evenly along a curve's image. */
  function evenly(immersion, z, n) {
    const last = z.length / 2 - 1, squares = squaredSteps(immersion.image(z), last, immersion.width), walked = new Float64Array(last + 1);
    for (let i = 0; i < last; i++) walked[i + 1] = walked[i] + Math.sqrt(squares[i]);
    const out = new Float64Array(2 * (n + 1));
    for (let i = 0, k = 0; i <= n; i++) {
      const goal = (walked[last] * i) / n;
      while (k < last - 1 && walked[k + 1] < goal) k++;
      const t = Math.min((goal - walked[k]) / (walked[k + 1] - walked[k] || 1), 1);
      for (let c = 0; c < 2; c++) out[2 * i + c] = (1 - t) * z[2 * k + c] + t * z[2 * k + 2 + c];
    }
    return out;
  }

  /** Move the ends of a curve to a and b, and what lies between in proportion. */
  function carried(z, a, b) {
    const n = z.length / 2 - 1, out = Float64Array.from(z);
    for (let i = 0; i <= n; i++) {
      for (let c = 0; c < 2; c++) {
        const t = i / n;
        out[2 * i + c] += (1 - t) * (a[c] - z[c]) + t * (b[c] - z[2 * n + c]);
      }
    }
    return out;
  }

  function squaredSteps(x, n, width) {
    const squares = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let s = 0;
      for (let j = i * width; j < (i + 1) * width; j++) s += (x[j + width] - x[j]) ** 2;
      squares[i] = s;
    }
    return squares;
  }

  /** Length, sum |x_{i+1} - x_i|, and energy, n/2 sum |x_{i+1} - x_i|^2, of a curve's image. */
  function measure(immersion, z) {
    const n = z.length / 2 - 1, image = immersion.image(z), squares = squaredSteps(image, n, immersion.width);
    return {
      image,
      length: squares.reduce((sum, s) => sum + Math.sqrt(s), 0),
      energy: (n / 2) * squares.reduce((sum, s) => sum + s, 0),
    };
  }

  const dot = (a, i, b, j, width) => {
    let s = 0;
    for (let k = 0; k < width; k++) s += a[i * width + k] * b[j * width + k];
    return s;
  };

  /** Normal equations of the chord energy at the inner nodes: gradient, diagonal and upper blocks, energy. */
  function normalEquations(immersion, z) {
    const n = z.length / 2 - 1, width = immersion.width, [x, u, v] = immersion.jacobian(z), J = [u, v];
    const gradient = new Float64Array(2 * (n + 1)), diagonal = new Float64Array(3 * (n + 1)), upper = new Float64Array(4 * (n + 1));
    for (let i = 1; i < n; i++) {
      for (let c = 0; c < 2; c++) {
        let g = 0;
        for (let k = i * width, j = J[c]; k < (i + 1) * width; k++) g += j[k] * (2 * x[k] - x[k - width] - x[k + width]);
        gradient[2 * i + c] = g;
      }
      diagonal.set([2 * dot(u, i, u, i, width), 2 * dot(u, i, v, i, width), 2 * dot(v, i, v, i, width)], 3 * i);
      if (i + 1 < n) for (let c = 0; c < 4; c++) upper[4 * i + c] = -dot(J[c >> 1], i, J[c & 1], i + 1, width);
    }
    return { n, gradient, diagonal, upper, energy: squaredSteps(x, n, width).reduce((sum, s) => sum + s, 0) };
  }

  /** Solve the block-tridiagonal system (H + damping diag H) step = -gradient; blocks are 2 by 2. */
  function blockSolve({ n, gradient, diagonal, upper }, damping) {
    const step = new Float64Array(2 * (n + 1)), kept = new Float64Array(4 * (n + 1)), right = new Float64Array(2 * (n + 1));
    const grow = 1 + damping;
    let previous = null;
    for (let i = 1; i < n; i++) {
      let a = diagonal[3 * i] * grow, b = diagonal[3 * i + 1], c = b, d = diagonal[3 * i + 2] * grow;
      let r0 = -gradient[2 * i], r1 = -gradient[2 * i + 1];
      if (previous) {
        const U = upper.subarray(4 * (i - 1), 4 * i), K = kept.subarray(4 * (i - 1), 4 * i);
        a -= U[0] * K[0] + U[2] * K[2];
        b -= U[0] * K[1] + U[2] * K[3];
        c -= U[1] * K[0] + U[3] * K[2];
        d -= U[1] * K[1] + U[3] * K[3];
        r0 -= U[0] * right[2 * i - 2] + U[2] * right[2 * i - 1];
        r1 -= U[1] * right[2 * i - 2] + U[3] * right[2 * i - 1];
      }
      const tiny = 1e-12 * (Math.abs(a) + Math.abs(d)) + 1e-300;
      a += tiny;
      d += tiny;
      const det = a * d - b * c;
      right[2 * i] = (d * r0 - b * r1) / det;
      right[2 * i + 1] = (a * r1 - c * r0) / det;
      const U = upper.subarray(4 * i, 4 * i + 4);
      kept.set([(d * U[0] - b * U[2]) / det, (d * U[1] - b * U[3]) / det, (a * U[2] - c * U[0]) / det, (a * U[3] - c * U[1]) / det], 4 * i);
      previous = i;
    }
    for (let i = n - 1; i >= 1; i--) {
      step[2 * i] = right[2 * i] - kept[4 * i] * step[2 * i + 2] - kept[4 * i + 1] * step[2 * i + 3];
      step[2 * i + 1] = right[2 * i + 1] - kept[4 * i + 2] * step[2 * i + 2] - kept[4 * i + 3] * step[2 * i + 3];
    }
    return step;
  }

  /** Gauss-Newton with Marquardt's damping on the discrete chord energy, one step a call. */
  class Relaxation {
    constructor(immersion, z) {
      Object.assign(this, { immersion, z, damping: 1e-3, residual: Infinity, steps: 0, system: normalEquations(immersion, z) });
    }

    get energy() {
      return (this.system.n / 2) * this.system.energy;
    }

    /** sqrt(-g . step / 2E): its square estimates the share of the energy that is still to be saved. */
    step() {
      this.steps++;
      const step = blockSolve(this.system, this.damping), { gradient, energy } = this.system;
      const decrease = -gradient.reduce((sum, g, i) => sum + g * step[i], 0);
      this.residual = Math.sqrt(Math.max(decrease, 0) / (2 * Math.max(energy, 1e-300)));
      const moved = this.z.map((value, i) => value + step[i]), next = normalEquations(this.immersion, moved);
      if (next.energy <= energy) {
        Object.assign(this, { z: moved, system: next, damping: Math.max(this.damping / 8, 1e-9) });
      } else {
        this.damping = Math.max(this.damping * 8, 1e-4);
      }
      return this.residual;
    }

    get converged() {
      return this.residual < TOLERANCE && this.damping < 1e-2;
    }
  }

  /** Start from the line, the line bent to either side and other curves; the shortest after a few steps wins.
   * A generator: it gives way after each step and returns the curve. */
  function* race(immersion, a, b, { others = [], n = 16, fine = 48, steps = 8 } = {}) {
    let best = null, least = Infinity;
    for (const start of [line(a, b, n), line(a, b, n, 0.5), line(a, b, n, -0.5), ...others.map((z) => resample(z, n))]) {
      const run = new Relaxation(immersion, start);
      while (run.steps < steps && !run.converged) yield run.step();
      const z = resample(run.z, fine), { length } = measure(immersion, z); // a few chords may cut corners
      if (length < least) [best, least] = [z, length];
    }
    return evenly(immersion, best, fine);
  }

  /** The circle with a and b at the ends of a diameter, from a, counter-clockwise, n + 1 nodes. */
  function circle(a, b, n) {
    const z = new Float64Array(2 * (n + 1)), m = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], r = [a[0] - m[0], a[1] - m[1]];
    for (let i = 0; i <= n; i++) {
      const t = (2 * Math.PI * (i % n)) / n, c = Math.cos(t), s = Math.sin(t);
      z[2 * i] = m[0] + c * r[0] - s * r[1];
      z[2 * i + 1] = m[1] + s * r[0] + c * r[1];
    }
    return z;
  }

  /** Carry a vector along a curve by the rotation nearest to the projection from tangent plane to tangent plane.
   * Angles are those against the chart's own orthonormal frame, so that they add up without a multiple of 2 pi. */
  function transport(immersion, z, vector) {
    const n = z.length / 2 - 1, width = immersion.width, [, u, v] = immersion.jacobian(z), angles = new Float64Array(n + 1);
    const frame = Array.from({ length: n + 1 }, (_, i) => {
      const a = Math.sqrt(dot(u, i, u, i, width)), b = dot(u, i, v, i, width) / a;
      return [a, b, Math.sqrt(Math.max(dot(v, i, v, i, width) - b * b, 1e-300))]; // R of the Jacobian's QR
    });
    for (let i = 0; i < n; i++) {
      const [a, b, c] = frame[i], [p, q, r] = frame[i + 1];
      const uu = dot(u, i + 1, u, i, width), uv = dot(u, i + 1, v, i, width), vu = dot(v, i + 1, u, i, width), vv = dot(v, i + 1, v, i, width);
      const m00 = uu / (p * a), m01 = (uv - (uu * b) / a) / (p * c);
      const m10 = (vu - (q * uu) / p) / (r * a), m11 = (vv - (vu * b) / a - (q / p) * (uv - (uu * b) / a)) / (r * c);
      angles[i + 1] = angles[i] + Math.atan2(m10 - m01, m00 + m11);
    }
    const [a, b, c] = frame[0], size = Math.hypot(a * vector[0] + b * vector[1], c * vector[1]);
    const start = Math.atan2(c * vector[1], a * vector[0] + b * vector[1]), vectors = new Float64Array(2 * (n + 1));
    frame.forEach(([p, q, r], i) => {
      const y = (size * Math.sin(start + angles[i])) / r;
      vectors[2 * i] = (size * Math.cos(start + angles[i]) - q * y) / p;
      vectors[2 * i + 1] = y;
    });
    return { angle: angles[n], vectors };
  }

  /** Angle of transport round a closed curve of 2n steps, that of n steps taken in to extrapolate to steps of no length. */
  function holonomy(immersion, loop, fine) {
    const half = loop.filter((_, i) => i % 4 < 2), coarse = transport(immersion, half, [1, 0]).angle;
    return (4 * fine - coarse) / 3;
  }

  Object.assign(Companion, { line, resample, carried, measure, Relaxation, race, circle, transport, holonomy });
})();

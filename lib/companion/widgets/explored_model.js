/* A model of the latent explorer, unpacked: its networks, the colours of its plane, and how finely to cut curves. */
(() => {
  "use strict";
  const Companion = (globalThis.Companion = globalThis.Companion || {});
  // Pieces of a curve and of the circle, on the move and at rest: fewer where a point costs many multiply-adds.
  const FAST = { moving: 48, coarse: 16, fine: 48, circling: 32, circle: 128 };
  const SLOW = { moving: 16, coarse: 8, fine: 24, circling: 16, circle: 64 }, SLOW_COST = 2e5;

  /** One model of the data, unpacked when it is first shown. */
  function unpackModel(model) {
    if (!model.immersion) {
      model.immersion = new Companion.Immersion(model.networks);
      model.pieces = model.immersion.cost < SLOW_COST ? FAST : SLOW;
      model.points = Companion.unpack(model.codes);
      for (const field of model.fields) field.ground = ground(field);
    }
    return model;
  }

  function ground(field) {
    const values = Companion.unpack(field.values), n = field.columns, at = (x, y) => values[y * n + x];
    if (field.kind === "labels") {
      const weight = Companion.unpack(field.weight), white = [250, 249, 246];
      return Companion.raster(n, field.rows, (x, y) => {
        const share = weight[y * n + x] / 255, hue = Companion.LABEL_COLOURS[at(x, y) % Companion.LABEL_COLOURS.length];
        return white.map((w, c) => w + share * (hue[c] - w));
      });
    }
    const { low, high } = field;
    return Companion.raster(n, field.rows, (x, y) => Companion.colour(field.kind, (at(x, y) - low) / (high - low || 1)));
  }

  Companion.unpackModel = unpackModel;
})();

/* A model of the latent explorer, unpacked: its networks, the colours of its plane, and how finely to cut curves. */
(() => {
  "use strict";
  const LG = (globalThis.LatentGeometry = globalThis.LatentGeometry || {});
  // Pieces of a curve and of the circle, on the move and at rest: fewer where a point costs many multiply-adds.
  const FAST = { moving: 48, coarse: 16, fine: 48, circling: 32, circle: 128 };
  const SLOW = { moving: 16, coarse: 8, fine: 24, circling: 16, circle: 64 }, SLOW_COST = 2e5;

  /** One model of the data, unpacked when it is first shown. */
  function unpackModel(model) {
    if (!model.immersion) {
      model.immersion = new LG.Immersion(model.networks);
      model.pieces = model.immersion.cost < SLOW_COST ? FAST : SLOW;
      model.points = LG.unpack(model.codes);
      for (const field of model.fields) field.ground = ground(field);
    }
    return model;
  }

  function ground(field) {
    const values = LG.unpack(field.values), n = field.columns, at = (x, y) => values[y * n + x];
    if (field.kind === "labels") {
      const weight = LG.unpack(field.weight), white = [250, 249, 246];
      return LG.raster(n, field.rows, (x, y) => {
        const share = weight[y * n + x] / 255, hue = LG.LABEL_COLOURS[at(x, y) % LG.LABEL_COLOURS.length];
        return white.map((w, c) => w + share * (hue[c] - w));
      });
    }
    const { low, high } = field;
    return LG.raster(n, field.rows, (x, y) => LG.colour(field.kind, (at(x, y) - low) / (high - low || 1)));
  }

  LG.unpackModel = unpackModel;
})();

/* A reader's own decoder from a file of `pullback.export`: read on this machine, checked, refused in words. */
(() => {
  "use strict";
  const Companion = (globalThis.Companion = globalThis.Companion || {});
  const FORMAT = "pullback-decoder", VERSION = 1;
  const LARGEST_FILE = 40e6, LARGEST_LAYER = 2e6, MOST_LAYERS = 100; // bytes, numbers that a layer gives, layers
  const LARGEST_PRODUCT = 3e7; // numbers that a convolution lays out for one picture
  const TYPES = { f2: 2, f4: 4, u1: 1 };

  class Refusal extends Error {}
  const refuse = (what) => {
    throw new Refusal(what);
  };
  const whole = (value, low = 1, high = LARGEST_LAYER) => Number.isInteger(value) && value >= low && value <= high;
  const list = (value, n, test) => Array.isArray(value) && value.length === n && value.every(test);
  const product = (values) => values.reduce((a, b) => a * b, 1);

  /** Check that an array of numbers is there, of so many of them, all finite. */
  function numbers(packed, count, where) {
    const size = TYPES[packed?.type], data = packed?.data;
    if (!size || typeof data !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(data)) refuse(`${where}: got no packed numbers`);
    const bytes = (data.length / 4) * 3 - (data.endsWith("==") ? 2 : data.endsWith("=") ? 1 : 0);
    if (bytes !== count * size) refuse(`${where}: got ${bytes} bytes, expected ${count * size}`);
    if (!Companion.unpack(packed).every(Number.isFinite)) refuse(`${where}: got a number that is not finite`);
  }

  function scaled(given, rows, where) {
    if (!whole(given?.each) || rows % given.each) refuse(`${where}: got a factor for every ${given?.each} of ${rows} numbers`);
    for (const part of ["weight", "bias"]) numbers(given[part], rows / given.each, `${where}, ${part}`);
  }

  function maps(layer, width, where) {
    for (const side of ["input", "output"]) {
      if (!list(layer[side], 3, (n) => whole(n, 1, 4096))) refuse(`${where}: got ${side} ${JSON.stringify(layer[side])}, expected three sizes`);
    }
    if (product(layer.input) !== width) refuse(`${where}: got maps of ${product(layer.input)} numbers, expected ${width}`);
    if (product(layer.output) !== layer.rows) refuse(`${where}: got ${layer.rows} rows, expected ${product(layer.output)}`);
  }

  /** Checks of each kind of layer, given the width of what comes in. */
  const KINDS = {
    affine(layer, width, where) {
      if (layer.columns !== width) refuse(`${where}: got ${layer.columns} columns, expected ${width}`);
      numbers(layer.weight, layer.rows * width, `${where}, weight`);
      numbers(layer.bias, layer.rows, `${where}, bias`);
    },
    convolution(layer, width, where) {
      maps(layer, width, where);
      for (const part of ["kernel", "stride"]) if (!list(layer[part], 2, (n) => whole(n, 1, 64))) refuse(`${where}: got ${part} ${JSON.stringify(layer[part])}`);
      if (!list(layer.padding, 2, (n) => whole(n, 0, 64))) refuse(`${where}: got padding ${JSON.stringify(layer.padding)}`);
      const [pixels, channels] = layer.kind === "transposed" ? [product(layer.input.slice(1)), layer.output[0]] : [product(layer.output.slice(1)), layer.input[0]];
      if (pixels * channels * product(layer.kernel) > LARGEST_PRODUCT) refuse(`${where}: got a convolution that is too large for a page`);
      numbers(layer.weight, layer.input[0] * layer.output[0] * product(layer.kernel), `${where}, weight`);
      numbers(layer.bias, layer.output[0], `${where}, bias`);
    },
    transposed: (layer, width, where) => KINDS.convolution(layer, width, where),
    upsampled: maps,
    scaled(layer, width, where) {
      if (layer.rows !== width) refuse(`${where}: got ${layer.rows} rows, expected ${width}`);
      scaled(layer.scale, layer.rows, where);
    },
    normalised(layer, width, where) {
      if (layer.rows !== width || !whole(layer.size) || width % layer.size) refuse(`${where}: got runs of ${layer.size} in ${layer.rows} rows, expected them to divide ${width}`);
      if (!(layer.eps >= 0)) refuse(`${where}: got eps ${layer.eps}, expected 0 or more`);
      if (layer.scale !== undefined) scaled(layer.scale, layer.rows, where);
    },
  };

  function network(layers) {
    if (!Array.isArray(layers) || !layers.length || layers.length > MOST_LAYERS) refuse(`network: got ${layers?.length ?? "no"} layers, expected 1 to ${MOST_LAYERS}`);
    let width = 2;
    layers.forEach((layer, i) => {
      const where = `layer ${i + 1}`;
      if (!Object.hasOwn(KINDS, layer?.kind)) refuse(`${where}: got kind ${JSON.stringify(layer?.kind)}, expected one of ${Object.keys(KINDS).join(", ")}`);
      if (!whole(layer.rows)) refuse(`${where}: got ${layer.rows} rows, expected 1 to ${LARGEST_LAYER}`);
      if (!Companion.activation(layer.activation)) refuse(`${where}: got activation ${JSON.stringify(layer.activation)}, which is unknown here`);
      KINDS[layer.kind](layer, width, where);
      width = layer.rows;
    });
    return width;
  }

  function field(given, i) {
    const where = `field ${i + 1}`, { rows, columns, kind } = given ?? {};
    if (!whole(rows, 2, 512) || !whole(columns, 2, 512)) refuse(`${where}: got ${rows} by ${columns} points, expected 2 to 512`);
    if (!["sequential", "diverging", "labels"].includes(kind)) refuse(`${where}: got kind ${JSON.stringify(kind)}`);
    numbers(given.values, rows * columns, where);
    if (kind === "labels") {
      if (!Array.isArray(given.names) || given.names.length > 1000) refuse(`${where}: got no names of labels`);
      numbers(given.weight, rows * columns, `${where}, weight`);
    } else if (![given.low, given.high].every(Number.isFinite)) refuse(`${where}: got no range of colours`);
    return { ...given, name: String(given.name).slice(0, 60), symbol: String(given.symbol ?? "").slice(0, 60), names: given.names?.map((n) => String(n).slice(0, 40)) };
  }

  /** Check a parsed file, and give its model as the explorer takes it. */
  function model(content) {
    if (content?.format !== FORMAT) refuse("got no file of pullback.export");
    if (content.version !== VERSION) refuse(`got version ${JSON.stringify(content.version)} of the format, expected ${VERSION}`);
    const { model: given, shape } = content;
    const width = network(given?.networks?.[0]);
    if (given.networks.length !== 1) refuse(`got ${given.networks.length} networks, expected 1`);
    if (shape !== null && !(list(shape, 3, (n) => whole(n, 1, 4096)) && product(shape) === width && [1, 3].includes(shape[0]))) refuse(`shape: got ${JSON.stringify(shape)} for ${width} numbers`);
    if (!list(given.box, 4, Number.isFinite) || given.box[0] >= given.box[1] || given.box[2] >= given.box[3]) refuse(`box: got ${JSON.stringify(given.box)}`);
    if (!list(given.ends, 2, (end) => list(end, 2, Number.isFinite))) refuse(`ends: got ${JSON.stringify(given.ends)}`);
    const count = Math.floor(((given.codes?.data?.length ?? 0) / 4) * 3 / (2 * (TYPES[given.codes?.type] ?? 1)));
    numbers(given.codes, 2 * count, "codes");
    if (!Array.isArray(given.fields) || !given.fields.length || given.fields.length > 10) refuse("fields: got none, expected 1 to 10");
    const { box, ends, codes, networks } = given;
    return { name: String(given.name).slice(0, 60), box, ends, codes, networks, fields: given.fields.map(field), shape };
  }

  /** Read a file that a reader has chosen or dropped. Nothing of it leaves this machine. */
  async function readDecoder(file) {
    if (file.size > LARGEST_FILE) refuse(`${file.name}: got ${Math.round(file.size / 1e6)} MB, expected at most ${LARGEST_FILE / 1e6} MB`);
    let content;
    try {
      content = JSON.parse(await file.text());
    } catch {
      refuse(`${file.name}: got no JSON, expected a file of pullback.export`);
    }
    try {
      return model(content);
    } catch (error) {
      throw new Refusal(`${file.name}: ${error instanceof Refusal ? error.message : "got a damaged file, expected one of pullback.export"}`);
    }
  }

  Object.assign(Companion, { readDecoder, checkedModel: model });
})();

"""A script for a page: which of its texts are too faint to read."""

CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const drawn = new Map(); // a page has few colours and many texts
  const rgba = (colour) => {
    if (!drawn.has(colour)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      drawn.set(colour, [...canvas.getImageData(0, 0, 1, 1).data]);
    }
    return drawn.get(colour);
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255, 255];
  };
  const faint = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement, style = getComputedStyle(element);
    const seen = element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
    if (!node.textContent.trim() || !seen) continue;
    if (element.closest("script, style, svg, mjx-container, .visually-hidden, .headerlink")) continue;
    const [a, b] = [light(rgba(style.color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), bold = parseInt(style.fontWeight) >= 700;
    if (ratio < (size >= 24 || (size >= 18.66 && bold) ? 3 : 4.5)) {
      const words = node.textContent.trim().slice(0, 40);
      faint.set(element.className || element.tagName, [ratio.toFixed(2), words]);
    }
  }
  return Object.fromEntries(faint);
}"""

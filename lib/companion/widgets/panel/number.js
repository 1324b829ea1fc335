// A number with a slider: the field takes anything, and says what it holds; the slider goes by factors over a wide range.
const STEPS = 400;
export default {
  render({ model, el }) {
    el.className += " companion-number";
    const name = model.get("label"), low = model.get("low"), high = model.get("high");
    const factors = low > 0 && high / low >= model.get("wide");
    const id = `number-${Math.random().toString(36).slice(2)}`;
    const label = Object.assign(document.createElement("label"), { textContent: name, htmlFor: id });
    const field = Object.assign(document.createElement("input"), { id, type: "text", inputMode: "decimal" });
    const step = factors ? 1 : model.get("step");
    const slider = Object.assign(document.createElement("input"), { type: "range", min: factors ? 0 : low, max: factors ? STEPS : high, step });
    slider.setAttribute("aria-label", `${name}, by a slider`);
    const place = (value) => (factors ? Math.round(STEPS * Math.log(value / low) / Math.log(high / low)) : value);
    const at = (position) => {
      const value = factors ? low * (high / low) ** (position / STEPS) : position;
      const digits = Math.max(0, Math.floor(Math.log10(Math.max(Math.abs(value), 1))) - 1); // two digits are as fine as a hand moves
      const rounded = model.get("whole") ? Math.round(value / 10 ** digits) * 10 ** digits : Number(value.toPrecision(3));
      return Math.min(Math.max(rounded, low), high);
    };
    const put = (text) => { model.set("value", text); model.save_changes(); };
    const draw = () => {
      const text = model.get("value"), value = Number(text);
      if (field.value !== text) field.value = text;
      if (text.trim() && Number.isFinite(value)) slider.value = place(Math.min(Math.max(value, low), high));
      slider.setAttribute("aria-valuetext", text);
    };
    field.addEventListener("input", () => put(field.value));
    field.addEventListener("keydown", (event) => event.stopPropagation()); // the notebook has commands on single keys
    slider.addEventListener("keydown", (event) => event.stopPropagation());
    slider.addEventListener("input", () => {
      const before = Number(model.get("value")), position = Number(slider.value), value = at(position);
      const least = model.get("whole") ? Math.sign(position - place(before)) : 0; // a step that is less than one is one
      put(String(value === before ? Math.min(Math.max(before + least, low), high) : value));
    });
    el.append(label, field, slider);
    draw();
    model.on("change:value", draw);
  },
};

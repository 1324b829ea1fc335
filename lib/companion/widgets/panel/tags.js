// A list of values as tags: Enter or a comma adds what was typed, Backspace in the empty field takes the last away.
export default {
  render({ model, el }) {
    el.className += " companion-tags";
    const name = model.get("label");
    const id = `tags-${Math.random().toString(36).slice(2)}`;
    const label = Object.assign(document.createElement("label"), { textContent: name, htmlFor: id });
    const list = Object.assign(document.createElement("ul"), { ariaLabel: `values of ${name}` });
    const input = Object.assign(document.createElement("input"), { id, type: "text", placeholder: "add …" });
    const known = Object.assign(document.createElement("datalist"), { id: `${id}-known` });
    const put = (items) => { model.set("items", items); model.save_changes(); };
    const add = () => {
      const typed = input.value.split(",").map((text) => text.trim()).filter(Boolean);
      input.value = "";
      if (typed.length) put([...model.get("items"), ...typed]);
    };
    const draw = () => {
      list.replaceChildren(...model.get("items").map((text, index) => {
        const item = Object.assign(document.createElement("li"), { textContent: text });
        const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
        remove.setAttribute("aria-label", `remove ${text} from ${name}`);
        remove.onclick = () => { put(model.get("items").filter((_, other) => other !== index)); input.focus(); };
        item.append(remove);
        return item;
      }));
      known.replaceChildren(...model.get("choices").map((value) => Object.assign(document.createElement("option"), { value })));
    };
    input.setAttribute("list", known.id);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === ",") { event.preventDefault(); add(); }
      if (event.key === "Backspace" && !input.value) put(model.get("items").slice(0, -1));
      event.stopPropagation(); // the notebook has commands on single keys
    });
    input.addEventListener("change", add);
    el.append(label, list, input, known);
    draw();
    model.on("change:items", draw);
    model.on("change:choices", draw);
  },
};

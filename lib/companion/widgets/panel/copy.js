// A line of code, and a button that copies it.
export default {
  render({ model, el }) {
    el.className += " companion-copy";
    const code = document.createElement("code");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Copy" });
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    const draw = () => { code.textContent = model.get("text"); button.disabled = !model.get("text"); said.textContent = ""; };
    button.onclick = async () => {
      try {
        await navigator.clipboard.writeText(model.get("text"));
        said.textContent = "copied";
      } catch { // no permission, or a page that is not secure: the line is marked, so that it can be copied by hand
        getSelection().selectAllChildren(code);
        said.textContent = "marked; press Ctrl+C";
      }
    };
    el.append(code, button, said);
    draw();
    model.on("change:text", draw);
  },
};

// Conveniences of operators only: every page works without this file. Words come from the page.
(() => {
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const target = event.target.closest?.(selector);
      if (target) act(target, event);
    });

  // Ticked rows: how many, and what needs some.
  const count = (form) => {
    const ticked = form.querySelectorAll("[data-row]:checked").length;
    const out = form.querySelector("[data-count]");
    if (out) out.textContent = out.dataset.count.replace("#", String(ticked));
  };
  on("change", "[data-all]", (box) => {
    for (const row of box.form.querySelectorAll("[data-row]")) row.checked = box.checked;
    count(box.form);
  });
  on("change", "[data-row]", (box) => count(box.form));

  // Keys: "/" finds, "g" and a letter goes. Never while somebody types.
  let g = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "/") {
      const field = document.querySelector("[data-hotkey='/']");
      if (field) {
        event.preventDefault();
        field.focus();
      }
    } else if (event.key === "g") {
      g = event.timeStamp;
    } else if (event.timeStamp - g < 900) {
      const link = [...document.querySelectorAll("[data-go]")].find((a) => a.dataset.go === event.key);
      if (link) location.href = link.href;
    }
  });

  // A section's Save stands out once something in it changed.
  on("input", "form :is(input, select, textarea)", (field) =>
    field.form?.querySelector("[data-save]")?.classList.add("btn-primary"));
})();

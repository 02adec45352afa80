// Conveniences only: every page works without this file. Words come from the page.
(() => {
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const target = event.target.closest?.(selector);
      if (target) act(target, event);
    });

  // Says something for three seconds, to eye and ear.
  const say = (text) => {
    const box = document.querySelector(".toast");
    if (!box || !text) return;
    box.textContent = text;
    setTimeout(() => { box.textContent = ""; }, 3000);
  };

  // Copies the text of the element that data-copy names.
  on("click", "[data-copy]", async (button) => {
    const text = document.getElementById(button.dataset.copy)?.textContent.trim() ?? "";
    try {
      await navigator.clipboard.writeText(text);
      say(button.dataset.copied);
    } catch {
      say(button.dataset.blocked);
    }
  });

  // Shows or hides the password in the field that data-reveal names.
  on("click", "[data-reveal]", (button) => {
    const field = document.getElementById(button.dataset.reveal);
    const isHidden = field.type === "password";
    field.type = isHidden ? "text" : "password";
    button.setAttribute("aria-pressed", String(isHidden));
  });

  // A form goes out once; Back gives it again.
  on("submit", "form[method=post]", (form, event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  });
})();

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

  // A log that grows, unless somebody pauses it.
  let source = null;
  let paused = false;
  const held = [];
  const put = (html) =>
    document.querySelector("[data-live]")?.insertAdjacentHTML("afterbegin", html);
  const listen = () => {
    source?.close();
    held.length = 0;
    paused = false;
    const log = document.querySelector("[data-live]");
    source = log && new EventSource(log.dataset.live);
    source?.addEventListener("message", (event) => {
      if (!paused) return put(event.data);
      const waiting = document.querySelector("[data-live-waiting]");
      held.push(event.data);
      waiting.hidden = false;
      waiting.textContent = waiting.dataset.words.replace("#", String(held.length));
    });
  };
  on("click", "[data-live-pause]", (button) => {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    document.querySelector("[data-live-state]").hidden = paused;
    document.querySelector("[data-live-waiting]").hidden = true;
    if (!paused) held.splice(0).forEach(put);
  });
  listen();
  // Another filter is another log.
  document.addEventListener("htmx:afterSwap", listen);

  // What brings another list into the page. A click that asks for a tab of its own gets one.
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[hx-get]");
      if (link && (event.ctrlKey || event.metaKey || event.shiftKey)) event.stopImmediatePropagation();
    },
    true,
  );
  // A page of a list is read from its head, and the keyboard goes on from there.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!event.detail.requestConfig?.elt?.closest?.(".pager")) return;
    const main = document.getElementById("main");
    main.tabIndex = -1;
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  });
  // What is no list (an error, another page) is shown as such; what never came is asked for again.
  for (const type of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(type, (event) => {
      const { verb, path } = event.detail.requestConfig;
      if (verb === "get") location.assign(event.detail.pathInfo?.finalRequestPath ?? path);
    });
  }
  // Choosing colours leads back to the list that is shown, and not to the one before.
  document.addEventListener("htmx:pushedIntoHistory", () => {
    for (const field of document.querySelectorAll(".usermenu input[name=to]")) {
      const before = new URL(field.form.action).pathname.indexOf("/account/theme");
      field.value = (location.pathname + location.search).slice(before);
    }
  });

  // A section's Save stands out once something in it changed.
  on("input", "form :is(input, select, textarea)", (field) =>
    field.form?.querySelector("[data-save]")?.classList.add("btn-primary"));
})();

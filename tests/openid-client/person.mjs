// Somebody with a browser that has cookies and no scripts.

export class Person {
  #cookies = new Map();

  constructor(name, password) {
    this.name = name;
    this.password = password;
  }

  /** Goes to an address and fills in what comes, until the browser is sent to `back`. */
  async visit(url, back) {
    let { answer, at } = await this.#follow(new URL(url), { method: "GET" }, back);
    for (let steps = 0; steps < 5; steps++) {
      const way = answer.headers.get("location");
      if (way?.startsWith(back)) return new URL(way);
      const page = await answer.text();
      const form = read(page);
      if (!form) throw new Error(`${at} answered ${answer.status}: ${page}`);
      // The form of the answer itself, which a browser posts to the client.
      if (form.action?.startsWith(back)) return form;
      ({ answer, at } = await this.#fill(at, form, back));
    }
    throw new Error("it never ends");
  }

  async #fill(at, form, back) {
    const fields = new URLSearchParams(form.fields);
    if (form.names.includes("username")) {
      fields.set("username", this.name);
      fields.set("password", this.password);
    }
    if (form.names.includes("decision")) fields.set("decision", "allow");
    const post = { method: "POST", body: fields, headers: { origin: at.origin } };
    return this.#follow(form.action ? new URL(form.action, at) : at, post, back);
  }

  async #follow(at, request, back) {
    for (;;) {
      const headers = { ...request.headers, cookie: this.#sent() };
      const answer = await fetch(at, { ...request, headers, redirect: "manual" });
      for (const cookie of answer.headers.getSetCookie()) this.#keep(cookie);
      const way = answer.headers.get("location");
      if (!way || way.startsWith(back)) return { answer, at };
      at = new URL(way, at);
      request = { method: "GET" };
    }
  }

  #sent() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  #keep(cookie) {
    const [name, value] = cookie.split(";")[0].split(/=(.*)/s);
    if (/max-age=0/i.test(cookie)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

/** The form of a page: where it leads, what is in it, and the names of all that can be said. */
function read(page) {
  const form = page.match(/<form\b[^>]*>[\s\S]*?<\/form>/);
  if (!form) return null;
  const fields = [];
  const names = [];
  for (const [tag] of form[0].matchAll(/<(?:input|button)\b[^>]*>/g)) {
    const name = attribute(tag, "name");
    if (!name) continue;
    names.push(name);
    const ticked = attribute(tag, "type") === "hidden" || /\schecked\b/.test(tag);
    if (ticked) fields.push([name, attribute(tag, "value") ?? ""]);
  }
  return { action: attribute(form[0], "action"), fields, names };
}

function attribute(tag, name) {
  const found = tag.match(new RegExp(`\\s${name}="([^"]*)"`));
  return found && plain(found[1]);
}

function plain(text) {
  const code = (_, number) => String.fromCodePoint(Number(number));
  return text
    .replace(/&#(\d+);/g, code)
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&amp;/g, "&");
}

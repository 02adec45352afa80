// An app that people sign in to: it sends them to the server, takes them back and redeems the code.
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";

export const CLIENT = { id: "atlas", secret: "atlas-secret-of-nobody-at-all-0001" };

// The app at `port`, whose server is `issuer`.
export async function startApp(port, issuer) {
  const origin = `http://127.0.0.1:${port}`;
  const begun = new Map();
  let idToken = ""; // of whoever signed in last
  const routes = {
    "/": () => page("Atlas", `<a href="/start">Sign in</a>`),
    "/start": ({ searchParams }) => start(searchParams),
    "/callback": (url, form) => take(form ?? url.searchParams),
    "/sign-out": () => signOut(),
    "/goodbye": (url) => page("Goodbye", `<p id="state">${url.searchParams.get("state")}</p>`),
  };

  // Sends somebody off with what was asked for, and what every request has.
  function start(asked) {
    const [state, verifier] = [randomBytes(16), randomBytes(32)].map((it) => it.toString("base64url"));
    begun.set(state, verifier);
    const query = new URLSearchParams({
      response_type: "code",
      client_id: CLIENT.id,
      redirect_uri: `${origin}/callback`,
      scope: "openid profile email forecast.read forecast.write",
      state,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      ...Object.fromEntries(asked),
    });
    return { status: 303, headers: { location: `${issuer}/authorize?${query}` } };
  }

  async function take(answer) {
    const verifier = begun.get(answer.get("state"));
    begun.delete(answer.get("state"));
    if (!verifier || answer.get("iss") !== issuer) return page("Not what was asked", "");
    if (answer.get("error")) return page("Refused", `<p id="error">${answer.get("error")}</p>`);
    const tokens = await fetch(`${issuer}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${CLIENT.id}:${CLIENT.secret}`)}` },
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code: answer.get("code"),
        redirect_uri: `${origin}/callback`,
        code_verifier: verifier,
      }),
    });
    const { scope, error, id_token, refresh_token = "" } = await tokens.json();
    idToken = id_token;
    const told = `<p id="scope">${scope ?? error}</p><p id="refresh">${refresh_token}</p>`;
    return page("Welcome", `${told}<a href="/sign-out">Sign out</a>`);
  }

  function signOut() {
    const query = new URLSearchParams({
      id_token_hint: idToken,
      post_logout_redirect_uri: `${origin}/goodbye`,
      state: "seen",
    });
    return { status: 303, headers: { location: `${issuer}/logout?${query}` } };
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, origin);
    const form = request.method === "POST" ? new URLSearchParams(await bodyOf(request)) : null;
    const { status, headers, text } = await (routes[url.pathname] ?? (() => ({ status: 204 })))(url, form);
    response.writeHead(status, headers).end(text);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { origin, stop: () => server.close() };
}

const page = (title, text) => ({
  status: 200,
  headers: { "content-type": "text/html; charset=utf-8" },
  text: `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${text}</html>`,
});

async function bodyOf(request) {
  let body = "";
  for await (const part of request) body += part;
  return body;
}

// A company's life in some seconds: tokens of several types and states, a family whose refresh token
// was used twice, somebody who typed a wrong password. All of it by requests, as in life.
import { visitor, giveProof, url } from "./browser.mjs";

const SECRETS = {
  atlas: "atlas-secret-of-nobody-at-all-0001",
  billing: "billing-secret-of-nobody-at-all-1",
  "harbour-api": "harbour-api-secret-of-nobody-0001",
  "legacy-exporter": "legacy-exporter-secret-of-nobody1",
  "nightly-forecast-import": "nightly-import-secret-of-nobody-1",
  "report-mailer": "report-mailer-secret-of-nobody-01",
};

export async function live(browser, app) {
  const tokens = [];
  for (const [client, count] of [["harbour-api", 6], ["billing", 14], ["report-mailer", 18],
    ["nightly-forecast-import", 12], ["legacy-exporter", 3]]) {
    for (let turn = 0; turn < count; turn++) tokens.push([client, await tokenOf(client)]);
  }
  await look(tokens);
  for (const [client, token] of tokens.filter((_, place) => place % 13 === 4)) {
    await post("/revoke", client, { token });
  }
  await makeTyped();
  await connect(browser, app);
}

// Answers of introspection, good ones and bad ones.
async function look(tokens) {
  for (let turn = 0; turn < 4; turn++) {
    for (const [, token] of tokens) await post("/introspect", "harbour-api", { token });
    await post("/introspect", "billing", { token: "A".repeat(43) });
  }
  await post("/token", "billing", { grant_type: "client_credentials" }, "not-the-secret-of-anybody");
}

async function makeTyped() {
  const access = await tokenOf("report-mailer", [
    "DownloadLink", "PasswordReset", "KioskPass"].flatMap((type) =>
    [`tokens.create:${type}`, `tokens.use:${type}`]).concat("tokens.create:Invite").join(" "));
  for (let turn = 0; turn < 6; turn++) {
    const file = { file: `2026-0${turn + 1}.pdf` };
    const { token } = await typed(access, "", { type: "DownloadLink", purposes: ["report"],
      identity: "jonas.weber@fjordline.example", attributes: file });
    for (let use = 0; use < turn; use++) {
      await typed(access, "/use", { type: "DownloadLink", token, purpose: "report",
        identity: "jonas.weber@fjordline.example" });
    }
  }
  await typed(access, "", { type: "Invite", identity: "amina.haddad@fjordline.example" });
  const reset = { type: "PasswordReset", purposes: ["login"], identity: "amina.haddad@fjordline.example" };
  await typed(access, "", reset);
  const { token } = await typed(access, "", reset);
  await typed(access, "/use", { ...reset, purposes: undefined, purpose: "login", token });
  const pass = await typed(access, "", { type: "KioskPass" });
  for (let use = 0; use < 21; use++) await typed(access, "/use", { type: "KioskPass", token: pass.token });
}

// People who let the app use their account, one of whom somebody stole a refresh token from.
async function connect(browser, app) {
  const { context, page } = await visitor(browser);
  await page.goto(`${app}/start?prompt=consent&scope=openid+profile+email+forecast.read+offline_access`);
  await giveProof(page, "nora", "wrong horse");
  await page.waitForSelector("#trouble");
  await giveProof(page, "nora");
  await page.click("#allow");
  await page.waitForSelector("#refresh");
  await page.goto(`${app}/start?scope=openid+forecast.read+offline_access&prompt=consent`);
  await page.click("#allow");
  await page.waitForSelector("#refresh");
  const begun = await page.textContent("#refresh");
  await context.close();
  let token = begun;
  for (let turn = 0; turn < 3; turn++) token = await refreshed(token);
  if (await refreshed(begun)) throw new Error("a stolen refresh token was taken");
}

const refreshed = async (refresh_token) =>
  (await post("/token", "atlas", { grant_type: "refresh_token", refresh_token })).refresh_token;

const tokenOf = async (client, scope = "") =>
  (await post("/token", client, { grant_type: "client_credentials", ...(scope && { scope }) })).access_token;

async function post(path, client, form, secret = SECRETS[client]) {
  const answer = await fetch(url + path, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${client}:${secret}`)}` },
    body: new URLSearchParams(form),
  });
  const text = await answer.text();
  return text ? JSON.parse(text) : {};
}

async function typed(access, act, body) {
  const answer = await fetch(`${url}/tokens${act}`, {
    method: "POST",
    headers: { authorization: `Bearer ${access}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.json();
}

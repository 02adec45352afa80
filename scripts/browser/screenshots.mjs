// Pictures of every page, each beside its prototype.
//
//   node screenshots.mjs PICTURES [PROTOTYPES]
//
// ONLY and LOOK, if they are there, say which: ONLY=console-tokens LOOK=narrow.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { startApp } from "./app.mjs";
import { app, giveProof, launch, pages, signIn, url, visitor } from "./browser.mjs";
import { live } from "./demo.mjs";

const [pictures, prototypes] = process.argv.slice(2);
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
const LOOKS = [
  ["light", { colorScheme: "light", viewport: WIDE }],
  ["dark", { colorScheme: "dark", viewport: WIDE }],
  ["narrow", { colorScheme: "light", viewport: NARROW }],
  ["narrow-dark", { colorScheme: "dark", viewport: NARROW }],
];

// The prototypes of pages that are called otherwise than their path with dashes.
const PROTOTYPES = { nowhere: "error", authorize: "error", logout: "signed-out", home: "" };

const USER = "a[href*='/admin/users/']:has-text('jonas.weber'), th a:has-text('Jonas Weber')";

// What operators see: [name, path or what leads there, prototype].
const CONSOLE = [
  ["overview", "/admin", "admin-dashboard"],
  ["overview-hour", "/admin?r=1h", "admin-dashboard"],
  ["overview-table", "/admin?as=table"],
  ["tokens", "/admin/tokens", "admin-tokens"],
  ["tokens-filter", "/admin/tokens?q=status:active%20-client:billing%20created:%3C1d"],
  ["tokens-fields", (page) => unfolded(page, "/admin/tokens?q=client:report-mailer")],
  ["tokens-wrong", "/admin/tokens?q=stauts:active%20expires:soon"],
  ["tokens-empty", "/admin/tokens?q=client:nobody"],
  ["tokens-saved-wrong", saveWrong],
  ["entry", (page) => first(page, "status:active,paused%20type:KioskPass"), "admin-token"],
  ["entry-ended", (page) => first(page, "status:used-up type:DownloadLink"), "admin-token-revoked"],
  ["entry-family", (page) => first(page, "kind:refresh%20user:nora"), "admin-token"],
  ["entry-missing", "/admin/tokens/tok_0694KQ6ZW8SVG"],
  ["revoke", revoke, "admin-revoke"],
  ["inspect", "/admin/inspect", "admin-inspect"],
  ["inspect-nothing", (page) => inspect(page, "A".repeat(43))],
  ["inspect-entry", inspectEntry, "admin-inspect"],
  ["inspect-jwt", async (page) => inspect(page, await jwt())],
  ["types", "/admin/types", "admin-token-types"],
  ["type-built-in", "/admin/types/access"],
  ["type", "/admin/types/KioskPass", "admin-token-type"],
  ["type-new", "/admin/types?new=1"],
  ["type-preview", previewType, "admin-token-type"],
  ["clients", "/admin/clients", "admin-clients"],
  ["clients-empty", "/admin/clients?q=zzz"],
  ["client-new", "/admin/clients/new"],
  ["client", "/admin/clients/report-mailer", "admin-client"],
  ["client-long", "/admin/clients/7f3c1c0a-9d3e-4a55-8b3a-5f0b6d3f0e21", "admin-client"],
  ["credentials", "/admin/clients/billing/credentials", "admin-client-secret"],
  ["credentials-keys", "/admin/clients/nightly-signer/credentials"],
  ["credentials-fresh", freshSecret, "admin-client-secret"],
  ["client-both", bothOfClient],
  ["client-delete", "/admin/clients/atlas/delete", "admin-revoke"],
  ["resource-servers", "/admin/resource-servers"],
  ["resource-server", async (page) => follow(page, "/admin/resource-servers", "tbody th a")],
  ["users", "/admin/users", "admin-users"],
  ["users-empty", "/admin/users?q=zzz"],
  ["user-new", "/admin/users/new"],
  ["user", async (page) => follow(page, "/admin/users?q=nora", "tbody th a"), "admin-user"],
  ["user-operator", async (page) => follow(page, "/admin/users?q=jonas", USER), "admin-user"],
  ["user-link", async (page) => {
    await follow(page, "/admin/users?q=nora", "tbody th a");
    await page.goto(`${page.url()}/link`);
  }],
  ["keys", "/admin/keys", "admin-keys"],
  ["rotate", "/admin/keys/rotate?algorithm=ES256"],
  ["audit", "/admin/audit", "admin-audit"],
  ["audit-wrong", "/admin/audit?q=acton:x"],
  ["settings", "/admin/settings?changed=1", "admin-settings"],
  ["settings-all", "/admin/settings", "admin-settings"],
];

// What an auditor sees, who changes nothing.
const AUDITOR = ["tokens", "type", "client", "credentials", "user", "keys", "settings", "resource-server"];

await mkdir(pictures, { recursive: true });
await startApp(Number(process.env.APP_PORT), url);
const browser = await launch();
const wanted = new RegExp(process.env.ONLY ?? "");
await live(browser, app);
const operator = await stateOf("olav");
const auditor = await stateOf("sunniva");
for (const [look, options] of LOOKS.filter(([look]) => look.match(process.env.LOOK ?? ""))) {
  await picturesOfPeople(look, options);
  await picturesOfConsole(look, options, operator, "console-", CONSOLE);
  const seen = CONSOLE.filter(([name]) => AUDITOR.includes(name));
  await picturesOfConsole(look, options, auditor, "auditor-", seen);
}
await browser.close();
console.log(`The pictures are in ${pictures}.`);
process.exit(0);

// The cookies of somebody who signed in a moment ago.
async function stateOf(name) {
  const { context, page } = await visitor(browser);
  await signIn(page, "/login?to=/admin", name);
  await page.waitForURL("**/admin");
  const state = await context.storageState();
  await context.close();
  return state;
}

async function picturesOfPeople(look, options) {
  for (const isSignedIn of [false, true]) {
    const { context, page } = await visitor(browser, { reducedMotion: "reduce", ...options });
    if (isSignedIn) await signIn(page);
    for (const [path] of pages.filter((one) => one[2] === isSignedIn && !one[0].includes("?"))) {
      await page.goto(path);
      await picture(page, look, path.slice(1).replaceAll("/", "-") || "home");
    }
    await context.close();
  }
  await pictureOfSetup(look, options);
  await pictureOfApp(look, options);
}

async function pictureOfSetup(look, options) {
  const baseURL = process.env.FRESH.split(" ")[0];
  const { context, page } = await visitor(browser, { reducedMotion: "reduce", baseURL, ...options });
  await page.goto("/setup");
  await picture(page, look, "setup-fresh", "setup");
  await context.close();
}

// What somebody sees who comes from an app, and in their account what it is then.
async function pictureOfApp(look, options) {
  const { context, page } = await visitor(browser, { reducedMotion: "reduce", ...options });
  await page.goto(`${app}/start?prompt=consent`);
  await picture(page, look, "login-for-app", "login");
  await giveProof(page, "tomas", "wrong horse");
  await page.waitForSelector("#trouble");
  await picture(page, look, "login-wrong", "login");
  await giveProof(page);
  await page.waitForURL("**/consent?*");
  await picture(page, look, "consent");
  await page.click("#allow");
  await page.waitForURL(`${app}/callback?*`);
  await page.goto(`${url}/account/apps`);
  await picture(page, look, "account-apps-connected", "account-apps");
  await page.click("summary:has-text('Make a token')");
  await page.fill("#name", "Backup");
  await page.click("#make");
  await picture(page, look, "account-token", "account-apps");
  await page.click(".usermenu > summary");
  await picture(page, look, "account-menu");
  await context.close();
}

async function picturesOfConsole(look, options, storageState, before, those) {
  const { context, page } = await visitor(browser, { reducedMotion: "reduce", storageState, ...options });
  for (const [name, way, prototype = ""] of those) {
    if (!wanted.test(before + name)) continue;
    try {
      if (typeof way === "string") await page.goto(way);
      else await way(page);
      await picture(page, look, before + name, before === "console-" ? prototype : "");
    } catch (error) {
      console.log(`${before}${name}, ${look}: ${error.message.split("\n")[0]}`);
    }
  }
  await context.close();
}

async function unfolded(page, path) {
  await page.goto(path);
  await page.click("summary:has-text('Pick fields')");
}

async function follow(page, path, link) {
  await page.goto(path);
  await page.locator(link).first().click();
  await page.waitForLoadState();
}

function first(page, query) {
  return follow(page, `/admin/tokens?q=${query}`, "a.tid");
}

async function saveWrong(page) {
  await page.goto("/admin/tokens?q=client:billing");
  await page.fill("#name", " ");
  await page.click("button:has-text('Save filter')");
  await page.waitForLoadState();
}

async function revoke(page) {
  await page.goto("/admin/tokens?q=client:report-mailer");
  await page.check("input[name=everything]");
  await page.click("#rows button[type=submit]");
  await page.waitForURL("**/revoke?*");
}

async function inspect(page, text) {
  await page.goto("/admin/inspect");
  await page.fill("main textarea", text);
  await page.click("main form button[type=submit]");
  await page.waitForLoadState();
}

async function inspectEntry(page) {
  await page.goto("/admin/tokens?q=status:active%20type:KioskPass,DownloadLink");
  await inspect(page, (await page.locator("a.tid").first().textContent()).trim());
}

async function jwt() {
  const authorization = `Basic ${btoa("harbour-api:harbour-api-secret-of-nobody-0001")}`;
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  const answer = await fetch(`${url}/token`, { method: "POST", headers: { authorization }, body });
  return (await answer.json()).access_token;
}

async function previewType(page) {
  await page.goto("/admin/types/KioskPass");
  await page.click("button:has-text('Check and preview')");
  await page.waitForLoadState();
}

async function freshSecret(page) {
  await page.goto("/admin/clients/billing/credentials");
  await page.click("button:has-text('Make a new secret')");
  await page.waitForSelector("#secret");
}

// Two who changed the same: the second sees both versions.
async function bothOfClient(page) {
  const path = "/admin/clients/deck-tablet";
  const other = await page.context().newPage();
  await page.goto(path);
  await other.goto(path);
  for (const [each, name] of [[other, `Deck Tablet ${Date.now() % 1000}`], [page, "Deck Tablets"]]) {
    const form = each.locator("form:has([name=name])").first();
    await form.locator("[name=name]").fill(name);
    await form.locator("[data-save]").click();
    await each.waitForLoadState();
  }
  await other.close();
}

async function picture(page, look, name, prototype = PROTOTYPES[name] ?? name) {
  if (!wanted.test(name)) return;
  await page.screenshot({ path: `${pictures}/${name}-${look}.png`, fullPage: true });
  const file = prototypes && prototype && resolve(prototypes, `${prototype}.html`);
  const to = `${pictures}/${prototype}-${look}-prototype.png`;
  if (!file || !existsSync(file) || existsSync(to)) return;
  const other = await page.context().newPage();
  await other.goto(pathToFileURL(file).href);
  await other.screenshot({ path: to, fullPage: true });
  await other.close();
}

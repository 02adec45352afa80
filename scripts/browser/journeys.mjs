// The ways that people take through the pages, from where they begin to where they want to be.
// Each is walked with scripts and without, and every page on the way is looked at.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startApp } from "./app.mjs";
import { app, giveProof, url, visitor } from "./browser.mjs";
import { look } from "./looks.mjs";
import { startMail } from "./mail.mjs";

// What a command says, of the server whose settings are in the folder `server`.
async function command(server, ...words) {
  const settings = `${process.env.SETTINGS}/${server}/config.toml`;
  const { stdout } = await promisify(execFile)(process.env.TESSERA, ["--config", settings, ...words]);
  return stdout.trim();
}

const pathOf = (page) => new URL(page.url()).pathname;
const heading = (page) => page.textContent("h1");
const linkIn = (text) => text.match(/https?:\/\/\S+\/password\?\S+/)[0];

// Somebody who walks, and what must be so in the end: nothing was amiss on the way.
async function walk({ browser, javaScriptEnabled }, way, options = {}) {
  const { context, page, troubles } = await visitor(browser, { javaScriptEnabled, ...options });
  await way(page);
  await context.close();
  assert.equal(troubles.join("\n"), "");
}

// Each way: what somebody does, and how.
export async function journeys() {
  await startApp(Number(process.env.APP_PORT), url);
  const mail = await startMail(Number(process.env.MAIL_PORT));
  return [
    ["somebody signs in, makes a token and signs out", makeToken],
    ["the first administrator sets up a fresh server", setUp],
    ["somebody allows an app a part of what it asks, and removes it", allowApp],
    ["somebody allows an app nothing", allowNothing],
    ["an app is answered by a form", answerByForm],
    ["somebody forgot their password and is sent a letter", (how) => forgetPassword(how, mail)],
    ["somebody is invited and chooses a password", beInvited],
    ["an app asks somebody to sign out", signOutForApp],
  ];
}

function makeToken(how) {
  return walk(how, async (page) => {
    await page.goto("/account/apps");
    assert.equal(pathOf(page), "/login");
    await giveProof(page);
    assert.equal(pathOf(page), "/account/apps");
    await page.click("summary:has-text('Make a token')");
    await page.fill("#name", `Backup ${how.how}`);
    await page.uncheck("[name='allow:forecast.write']");
    await page.click("#make");
    assert.match(await page.textContent("#token"), /^[A-Za-z0-9_-]{43,}$/);
    await look(page, how);
    await page.goto("/account/apps");
    assert.equal(await page.locator("#token").count(), 0);
    await look(page, how);
    await page.click(`[aria-label='Remove Backup ${how.how}']`);
    await page.waitForSelector(".note.ok");
    await page.click(".usermenu > summary");
    await page.click("button[name=theme][value=dark]");
    assert.equal(await page.getAttribute("html", "data-theme"), "dark");
    await page.click(".usermenu > summary");
    await page.click("#sign-out");
    await page.waitForURL("**/signed-out");
    await page.goto("/account/sessions");
    assert.equal(pathOf(page), "/login");
  });
}

function setUp(how) {
  const [server, at] = how.javaScriptEnabled ? ["fresh", 0] : ["fresh-too", 1];
  return walk(how, async (page) => {
    const code = await command(server, "setup-code");
    await page.goto("/setup");
    await look(page, how);
    await page.fill("#code", "ABCD-EFGH");
    await page.fill("#name", "Ingrid Solheim");
    await page.fill("#email", "ingrid@fjordline.example");
    await page.fill("#password", "correct horse");
    await page.click("#submit");
    await page.waitForSelector("#code-trouble");
    await look(page, how);
    await page.fill("#code", code);
    await page.fill("#password", "correct horse");
    await page.click("#submit");
    await page.waitForURL("**/account/security");
    await look(page, how);
    assert.equal((await page.goto("/setup")).status(), 404);
  }, { baseURL: process.env.FRESH.split(" ")[at] });
}

function allowApp(how) {
  return walk(how, async (page) => {
    await page.goto(`${app}/`);
    await page.click("a");
    await page.waitForURL("**/login?*");
    assert.match(await page.textContent("main"), /to continue to Harbour Atlas/);
    await look(page, how);
    await giveProof(page);
    await page.waitForURL("**/consent?*");
    await look(page, how);
    await page.uncheck("[name='allow:forecast.write']");
    await page.click("#allow");
    await page.waitForURL(`${app}/callback?*`);
    const scope = (await page.textContent("#scope")).split(" ").sort();
    assert.deepEqual(scope, ["email", "forecast.read", "openid", "profile"]);
    // What was allowed is not asked again.
    await page.goto(`${app}/start?scope=openid+email`);
    assert.equal(await heading(page), "Welcome");
    await page.goto(`${url}/account/apps`);
    await look(page, how);
    await page.click("[aria-label='Remove Harbour Atlas']");
    await page.waitForSelector(".note.ok");
    assert.equal(await page.locator("[aria-label='Remove Harbour Atlas']").count(), 0);
    await page.goto(`${app}/start?scope=openid+email`);
    assert.equal(pathOf(page), "/consent");
  });
}

function allowNothing(how) {
  return walk(how, async (page) => {
    await page.goto(`${app}/start?prompt=consent`);
    await giveProof(page);
    await page.click("#deny");
    await page.waitForURL(`${app}/callback?*`);
    assert.equal(await page.textContent("#error"), "access_denied");
    // Back in the browser, and a late answer: the request is over, and that is said.
    await page.goBack();
    await page.waitForURL((address) => address.href.startsWith(url));
    await look(page, how);
  });
}

function answerByForm(how) {
  return walk(how, async (page) => {
    // Held back, the form stays: it can be looked at, and sent by its button.
    await page.route("**/form_post.js", (route) => route.fulfill({ body: "", contentType: "text/javascript" }));
    await page.goto(`${app}/start?response_mode=form_post&prompt=consent`);
    await giveProof(page);
    await page.click("#allow");
    await page.waitForSelector("#continue");
    await look(page, how);
    await page.click("#continue");
    await page.waitForURL(`${app}/callback`);
    assert.equal(await heading(page), "Welcome");
    if (!how.javaScriptEnabled) return;
    await page.unroute("**/form_post.js");
    await page.goto(`${app}/start?response_mode=form_post`);
    await page.waitForURL(`${app}/callback`);
    assert.equal(await heading(page), "Welcome");
  });
}

function forgetPassword(how, mail) {
  // Letters to one person are few.
  const name = how.javaScriptEnabled ? "nora" : "ravi";
  const chosen = "a new password";
  return walk(how, async (page) => {
    await page.goto("/login");
    await page.click("a:has-text('Forgot password?')");
    await page.fill("#username", name);
    await page.click("#submit");
    await page.waitForSelector("h1:has-text('Look into your mail')");
    await look(page, how);
    const link = linkIn(await mail.letter());
    await page.goto(link);
    await look(page, how);
    await choosePassword(page, how, chosen);
    await giveProof(page, name, chosen);
    await page.waitForURL("**/account/security");
    // A link is good once.
    assert.equal((await page.goto(link)).status(), 410);
    await look(page, how);
  });
}

function beInvited(how) {
  const name = how.javaScriptEnabled ? "ingrid" : "yusuf";
  return walk(how, async (page) => {
    await page.goto(linkIn(await command("peopled", "user", "invite", name, "--print")));
    assert.equal(await page.inputValue("#username"), name);
    await look(page, how);
    await choosePassword(page, how, "correct horse");
    await giveProof(page, name);
    await page.waitForURL("**/account/security");
  });
}

// Fills in the page of a link, after the browser itself refused what is too short.
async function choosePassword(page, how, password) {
  await page.fill("#password", "short");
  await page.click("#submit");
  assert.equal(pathOf(page), "/password");
  await page.fill("#password", password);
  await page.click("#submit");
  await page.waitForURL("**/login?notice=password-set");
  await look(page, how);
}

function signOutForApp(how) {
  return walk(how, async (page) => {
    await page.goto(`${app}/start?prompt=consent`);
    await giveProof(page);
    await page.click("#allow");
    await page.click("a:has-text('Sign out')");
    assert.match(await page.textContent("main"), /Harbour Atlas asks/);
    await look(page, how);
    await page.click("a:has-text('Stay signed in')");
    await page.goto(`${url}/account/security`);
    assert.equal(pathOf(page), "/account/security");
    await page.goto(`${app}/sign-out`);
    await page.click("#confirm");
    await page.waitForURL(`${app}/goodbye?*`);
    assert.equal(await page.textContent("#state"), "seen");
    await page.goto(`${url}/account/security`);
    assert.equal(pathOf(page), "/login");
  });
}

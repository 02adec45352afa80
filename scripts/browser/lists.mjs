// What scripts add to the lists of operators: another list comes into the page, and whatever else is
// answered comes as a page of its own.
import assert from "node:assert/strict";
import { signIn, visitor } from "./browser.mjs";

// Each: its name and what is done.
export const lists = [
  ["a filter brings another list into the page, and Back the one before", filter],
  ["a page of a list begins at its head, with the keyboard there", pager],
  ["a link of a list opens a tab of its own where one is asked for", tab],
  ["whoever is signed out meanwhile is sent to sign in, and back", signedOut],
];

// An operator at a list.
async function operator(browser, path) {
  const visit = await visitor(browser);
  await signIn(visit.page, "/login?to=/admin", "olav");
  await visit.page.goto(path);
  // Gone where the page is loaded anew.
  await visit.page.evaluate(() => (document.documentElement.dataset.same = "1"));
  return visit;
}

const isSame = (page) => page.evaluate(() => document.documentElement.dataset.same === "1");

async function leave({ context, troubles }) {
  await context.close();
  assert.equal(troubles.join("\n"), "");
}

async function filter(browser) {
  const visit = await operator(browser, "/admin/users");
  const { page } = visit;
  await page.fill("#q", "olav");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/admin/users?q=olav");
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
  assert.ok(await isSame(page));
  // Colours are chosen in the head, which stays: they lead back to this list.
  assert.equal(await page.inputValue(".usermenu input[name=to]"), "/admin/users?q=olav");
  await page.goBack();
  await page.waitForURL("**/admin/users");
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length > 1);
  await leave(visit);
}

async function pager(browser) {
  const visit = await operator(browser, "/admin/audit");
  const { page } = visit;
  const older = page.locator(".pager a", { hasText: "Older" });
  await older.scrollIntoViewIfNeeded();
  await older.click();
  await page.waitForURL("**/admin/audit?q=&from=*");
  await page.waitForFunction(() => document.activeElement.id === "main" && scrollY === 0);
  assert.ok(await isSame(page));
  await leave(visit);
}

async function tab(browser) {
  const visit = await operator(browser, "/admin/audit");
  const { page, context } = visit;
  const opened = context.waitForEvent("page");
  await page.locator(".pager a", { hasText: "Older" }).click({ modifiers: ["Control"] });
  const other = await opened;
  await other.waitForURL("**/admin/audit?q=&from=*");
  assert.match(page.url(), /\/admin\/audit$/);
  await leave(visit);
}

async function signedOut(browser) {
  const visit = await operator(browser, "/admin/users");
  const { page, context } = visit;
  await context.clearCookies();
  await page.fill("#q", "olav");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/login?to=**");
  assert.equal(await page.locator("nav.side, #side").count(), 0);
  assert.match(decodeURIComponent(page.url()), /to=\/admin\/users\?q=olav$/);
  await leave(visit);
}

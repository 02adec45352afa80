// What must be true of a page for everybody, in whatever way they look at it.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import assert from "node:assert/strict";

const require = createRequire(import.meta.url);
const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
const LOOKS = [
  ["dark", "dark", WIDE],
  ["dark and narrow", "dark", NARROW],
  ["light and narrow", "light", NARROW],
  ["light", "light", WIDE],
];

// Looks at the page that is open: in light and dark, wide and narrow, with what is folded open too.
// Where scripts are off, what looks cannot run either: it is run over a copy of what is there.
export async function look(page, { javaScriptEnabled } = { javaScriptEnabled: true }) {
  if (javaScriptEnabled) return lookInAllWays(page);
  const text = await page.content();
  const context = await page.context().browser().newContext();
  const copy = await context.newPage();
  await copy.route("**/*", (route) => {
    const request = route.request();
    if (request.resourceType() === "script") return route.abort();
    if (!request.isNavigationRequest()) return route.continue();
    return route.fulfill({ body: text, contentType: "text/html; charset=utf-8" });
  });
  await copy.goto(page.url());
  await copy.evaluate(() => {
    for (const each of document.querySelectorAll(".js-only")) each.remove();
  });
  await lookInAllWays(copy);
  await context.close();
}

async function lookInAllWays(page) {
  for (const [name, colorScheme, size] of LOOKS) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize(size);
    await assertFits(page, name);
    await assertAccessible(page, name);
  }
  if (!(await fold(page, false))) return;
  for (const [name, colorScheme, size] of LOOKS) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize(size);
    await assertFits(page, `${name}, unfolded`);
    await assertAccessible(page, `${name}, unfolded`);
  }
  await fold(page, true);
}

// Opens everything that is folded, for what is not shown is not looked at; and folds it again.
// Whether there was any.
const fold = (page, isFolded) =>
  page.evaluate((isFolded) => {
    const mark = "data-was-folded";
    const those = document.querySelectorAll(isFolded ? `[${mark}]` : "details:not([open])");
    for (const each of those) {
      each.open = !isFolded;
      each.toggleAttribute(mark, !isFolded);
    }
    return those.length > 0;
  }, isFolded);

async function assertAccessible(page, name) {
  if (!(await page.evaluate("!!window.axe"))) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  const told = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${name}: ${id}: ${help}\n  ${node.html}\n  ${node.failureSummary}`));
  assert.equal(told.length, 0, told.join("\n"));
}

async function assertFits(page, name) {
  const [width, room] = await page.evaluate(() =>
    [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(width <= room, `${name}: the page is ${width} px wide where there are ${room}`);
}

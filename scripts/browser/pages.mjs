// Looks at every page: in light and dark, wide and narrow, with scripts and without.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { launch, pages, signIn, visitor } from "./browser.mjs";

const require = createRequire(import.meta.url);
const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");

// The most that the sign-in page may weigh with all that it loads, in bytes.
const HEAVIEST = 80_000;

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
const LOOKS = [
  ["light", { colorScheme: "light", viewport: WIDE }],
  ["dark", { colorScheme: "dark", viewport: WIDE }],
  ["light and narrow", { colorScheme: "light", viewport: NARROW }],
  ["dark and narrow", { colorScheme: "dark", viewport: NARROW }],
];

const browser = await launch();
let failed = 0;

async function test(name, run) {
  try {
    await run();
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n${error.message.replace(/^/gm, "      ")}`);
  }
}

// Opens everything that is folded: what is not shown is not looked at.
const unfold = (page) =>
  page.evaluate(() => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
  });

async function assertAccessible(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  const told = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}\n  ${node.html}\n  ${node.failureSummary}`));
  assert.equal(told.length, 0, told.join("\n"));
}

async function assertFits(page) {
  const [width, room] = await page.evaluate(() =>
    [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(width <= room, `the page is ${width} px wide where there are ${room}`);
}

for (const [look, options] of LOOKS) {
  for (const isSignedIn of [false, true]) {
    const { context, page, troubles } = await visitor(browser, options);
    if (isSignedIn) await signIn(page);
    for (const [path, status] of pages.filter((one) => one[2] === isSignedIn)) {
      await test(`${path} can be used by everybody, ${look}`, async () => {
        const answer = await page.goto(path);
        assert.equal(answer.status(), status);
        await assertFits(page);
        await assertAccessible(page);
        await unfold(page);
        await assertAccessible(page);
        assert.equal(troubles.splice(0).join("\n"), "");
      });
    }
    await context.close();
  }
}

await test("a refused sign-in and a refused password can be used by everybody", async () => {
  const { context, page, troubles } = await visitor(browser);
  await page.goto("/login");
  await page.fill("#username", "tomas");
  await page.fill("#password", "wrong horse");
  await page.click("#submit");
  assert.equal(await page.inputValue("#username"), "tomas");
  await assertAccessible(page);
  await page.fill("#password", "correct horse");
  await page.click("#submit");
  await page.click("summary:has-text('Change password')");
  await page.fill("#current", "wrong horse");
  await page.fill("#new", "battery staple");
  await page.click("#submit");
  await page.waitForSelector("#current-wrong");
  await assertAccessible(page);
  assert.equal(troubles.join("\n"), "");
  await context.close();
});

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with scripts" : "without scripts";
  await test(`somebody signs in, makes a token and signs out, ${how}`, async () => {
    const { context, page, troubles } = await visitor(browser, { javaScriptEnabled });
    await page.goto("/account/apps");
    assert.equal(new URL(page.url()).pathname, "/login");
    await page.fill("#username", "tomas");
    await page.fill("#password", "correct horse");
    await page.click("#submit");
    assert.equal(new URL(page.url()).pathname, "/account/apps");
    await page.click("summary:has-text('Make a token')");
    await page.fill("#name", `Backup ${how}`);
    await page.uncheck("[name='allow:forecast.write']");
    await page.click("#make");
    assert.match(await page.textContent("#token"), /^[A-Za-z0-9_-]{43,}$/);
    await page.goto("/account/apps");
    assert.equal(await page.locator("#token").count(), 0);
    await page.click(`[aria-label='Remove Backup ${how}']`);
    await page.waitForSelector(".note.ok");
    await page.click(".usermenu > summary");
    await page.click("button[name=theme][value=dark]");
    assert.equal(await page.getAttribute("html", "data-theme"), "dark");
    await page.click(".usermenu > summary");
    await page.click("#sign-out");
    await page.waitForURL("**/signed-out");
    await page.goto("/account/sessions");
    assert.equal(new URL(page.url()).pathname, "/login");
    assert.equal(troubles.join("\n"), "");
    await context.close();
  });
}

await test("a password is shown and hidden again", async () => {
  const { context, page, troubles } = await visitor(browser);
  await page.goto("/login");
  const shown = () => page.getAttribute("#password", "type");
  assert.equal(await shown(), "password");
  await page.click("[data-reveal=password]");
  assert.equal(await shown(), "text");
  assert.equal(await page.getAttribute("[data-reveal=password]", "aria-pressed"), "true");
  await page.click("[data-reveal=password]");
  assert.equal(await shown(), "password");
  assert.equal(troubles.join("\n"), "");
  await context.close();
});

await test("what scripts alone can do is not there without them", async () => {
  const { context, page } = await visitor(browser, { javaScriptEnabled: false });
  await page.goto("/login");
  assert.equal(await page.locator("[data-reveal=password]").isVisible(), false);
  await context.close();
});

await test("the sign-in page is reached and sent by keys alone", async () => {
  const { context, page } = await visitor(browser);
  await page.goto("/login");
  await page.keyboard.type("tomas");
  await page.keyboard.press("Tab");
  await page.keyboard.type("correct horse");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/account/security");
  await context.close();
});

await test(`the sign-in page weighs at most ${HEAVIEST} bytes`, async () => {
  const { context, page } = await visitor(browser);
  const sizes = [];
  page.on("response", async (response) => sizes.push(response.body().then((body) => body.length)));
  await page.goto("/login", { waitUntil: "networkidle" });
  await page.evaluate(() => document.fonts.ready);
  const weight = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  console.log(`      ${weight} bytes`);
  assert.ok(sizes.length >= 4 && weight <= HEAVIEST, `it weighs ${weight} bytes`);
  await context.close();
});

await browser.close();
if (failed > 0) {
  console.log(`scripts/pages: ${failed} failed.`);
  process.exit(1);
}

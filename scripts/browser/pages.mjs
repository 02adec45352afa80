// Looks at every page: in light and dark, wide and narrow, with scripts and without.
import assert from "node:assert/strict";
import { consolePages, giveProof, launch, pages, signIn, visitor } from "./browser.mjs";
import { journeys } from "./journeys.mjs";
import { lists } from "./lists.mjs";
import { look } from "./looks.mjs";

// The most that the sign-in page may weigh with all that it loads, in bytes.
const HEAVIEST = 80_000;

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

for (const isSignedIn of [false, true]) {
  const { context, page, troubles } = await visitor(browser);
  if (isSignedIn) await signIn(page);
  for (const [path, status] of pages.filter((one) => one[2] === isSignedIn)) {
    await test(`${path} can be used by everybody`, async () => {
      const answer = await page.goto(path);
      assert.equal(answer.status(), status);
      await look(page);
      assert.equal(troubles.splice(0).join("\n"), "");
    });
  }
  await context.close();
}

await test("a refused sign-in and a refused password can be used by everybody", async () => {
  const { context, page, troubles } = await visitor(browser);
  await page.goto("/login");
  await giveProof(page, "tomas", "wrong horse");
  await page.waitForSelector("#trouble");
  assert.equal(await page.inputValue("#username"), "tomas");
  await look(page);
  await page.fill("#password", "correct horse");
  await page.click("#submit");
  await page.click("summary:has-text('Change password')");
  await page.fill("#current", "wrong horse");
  await page.fill("#new", "battery staple");
  await page.click("#submit");
  await page.waitForSelector("#current-wrong");
  await look(page);
  assert.equal(troubles.join("\n"), "");
  await context.close();
});

for (const [name, run] of await journeys()) {
  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? "with scripts" : "without scripts";
    await test(`${name}, ${how}`, () => run({ browser, how, javaScriptEnabled }));
  }
}

for (const name of ["olav", "sunniva"]) {
  for (const javaScriptEnabled of name === "olav" ? [true, false] : [true]) {
    const { context, page, troubles } = await visitor(browser, { javaScriptEnabled });
    await signIn(page, "/login?to=/admin", name);
    const how = `by ${name}, ${javaScriptEnabled ? "with" : "without"} scripts`;
    for (const path of consolePages) {
      await test(`${path} can be used ${how}`, async () => {
        const answer = await page.goto(path);
        assert.equal(answer.status(), 200);
        await look(page, { javaScriptEnabled });
        assert.equal(troubles.splice(0).join("\n"), "");
      });
    }
    for (const [list, first] of [["/admin/tokens", "a.tid"], ["/admin/users", "tbody th a"]]) {
      await test(`what stands in ${list} can be looked at ${how}`, async () => {
        await page.goto(list);
        await page.locator(first).first().click();
        await page.waitForURL(`**${list}/*`);
        await look(page, { javaScriptEnabled });
        assert.equal(troubles.splice(0).join("\n"), "");
      });
    }
    await context.close();
  }
}

for (const [name, run] of lists) await test(name, () => run(browser));

await test("a page of the console weighs at most 150000 bytes", async () => {
  const { context, page } = await visitor(browser);
  await signIn(page, "/login?to=/admin", "olav");
  await page.waitForURL("**/admin", { waitUntil: "networkidle" });
  await context.newCDPSession(page).then(async (session) => {
    let weight = 0;
    await session.send("Network.enable");
    await session.send("Network.setCacheDisabled", { cacheDisabled: true });
    session.on("Network.loadingFinished", (event) => (weight += event.encodedDataLength));
    await page.goto("/admin/tokens", { waitUntil: "networkidle" });
    await page.evaluate(() => document.fonts.ready);
    console.log(`      ${weight} bytes`);
    assert.ok(weight > 10_000 && weight <= 150_000, `it weighs ${weight} bytes`);
  });
  await context.close();
});

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
if (failed > 0) console.log(`scripts/pages: ${failed} failed.`);
// What the app and the mail server wait for is over.
process.exit(failed > 0 ? 1 : 0);

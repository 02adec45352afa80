// Pictures of every page, each beside its prototype.
//
//   node screenshots.mjs PICTURES [PROTOTYPES]
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { startApp } from "./app.mjs";
import { app, giveProof, launch, pages, signIn, url, visitor } from "./browser.mjs";

const [pictures, prototypes] = process.argv.slice(2);
const LOOKS = [
  ["light", { colorScheme: "light", viewport: { width: 1280, height: 900 } }],
  ["dark", { colorScheme: "dark", viewport: { width: 1280, height: 900 } }],
  ["narrow", { colorScheme: "light", viewport: { width: 390, height: 844 } }],
];

// The prototypes of pages that are called otherwise than their path with dashes.
const PROTOTYPES = { nowhere: "error", authorize: "error", logout: "signed-out", home: "" };

await mkdir(pictures, { recursive: true });
await startApp(Number(process.env.APP_PORT), url);
const browser = await launch();
for (const [look, options] of LOOKS) {
  for (const isSignedIn of [false, true]) {
    const { context, page } = await visitor(browser, { reducedMotion: "reduce", ...options });
    if (isSignedIn) await signIn(page);
    for (const [path] of pages.filter((one) => one[2] === isSignedIn && !one[0].includes("?"))) {
      await page.goto(path);
      await picture(page, look, path.slice(1).replaceAll("/", "-") || "home");
    }
    await context.close();
  }
  await pictureOfApp(look, options);
}
await browser.close();
console.log(`The pictures are in ${pictures}.`);
process.exit(0);

// What somebody sees who comes from an app, and in their account what it is then.
async function pictureOfApp(look, options) {
  const { context, page } = await visitor(browser, { reducedMotion: "reduce", ...options });
  await page.goto(`${app}/start?prompt=consent`);
  await picture(page, look, "login-for-app", "login");
  await giveProof(page);
  await page.waitForURL("**/consent?*");
  await picture(page, look, "consent");
  await page.click("#allow");
  await page.waitForURL(`${app}/callback?*`);
  await page.goto(`${url}/account/apps`);
  await picture(page, look, "account-apps-connected", "account-apps");
  await context.close();
}

async function picture(page, look, name, prototype = PROTOTYPES[name] ?? name) {
  await page.screenshot({ path: `${pictures}/${name}-${look}.png`, fullPage: true });
  const file = prototypes && prototype && resolve(prototypes, `${prototype}.html`);
  if (!file || !existsSync(file)) return;
  const other = await page.context().newPage();
  await other.goto(pathToFileURL(file).href);
  await other.screenshot({ path: `${pictures}/${prototype}-${look}-prototype.png`, fullPage: true });
  await other.close();
}

// Pictures of every page, each beside its prototype.
//
//   node screenshots.mjs PICTURES [PROTOTYPES]
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch, pages, signIn, visitor } from "./browser.mjs";

const [pictures, prototypes] = process.argv.slice(2);
const LOOKS = [
  ["light", { colorScheme: "light", viewport: { width: 1280, height: 900 } }],
  ["dark", { colorScheme: "dark", viewport: { width: 1280, height: 900 } }],
  ["narrow", { colorScheme: "light", viewport: { width: 390, height: 844 } }],
];

// The prototype of a page: its path with dashes, and for an address without anything that of errors.
const prototypeOf = (path) => (["/nowhere", "/authorize"].includes(path) ? "error" : path.slice(1).replaceAll("/", "-"));

await mkdir(pictures, { recursive: true });
const browser = await launch();
for (const [look, options] of LOOKS) {
  for (const isSignedIn of [false, true]) {
    const { context, page } = await visitor(browser, options);
    if (isSignedIn) await signIn(page);
    for (const [path] of pages.filter((one) => one[2] === isSignedIn)) {
      const name = prototypeOf(path) || "home";
      const own = path.slice(1).replaceAll("/", "-") || "home";
      await page.goto(path);
      await page.screenshot({ path: `${pictures}/${own}-${look}.png`, fullPage: true });
      if (prototypes && name !== "home") {
        const other = await context.newPage();
        await other.goto(pathToFileURL(resolve(prototypes, `${name}.html`)).href);
        await other.screenshot({ path: `${pictures}/${name}-${look}-prototype.png`, fullPage: true });
        await other.close();
      }
    }
    await context.close();
  }
}
await browser.close();
console.log(`The pictures are in ${pictures}.`);

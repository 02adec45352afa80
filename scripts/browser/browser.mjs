// A browser, and what is noted of all that its pages do.
import { chromium } from "playwright-core";

export const url = process.env.URL;

// What people see, and who: [path, status, whether somebody is signed in].
export const pages = [
  ["/", 200, false],
  ["/nowhere", 404, false],
  ["/login", 200, false],
  ["/signed-out", 200, false],
  ["/authorize", 400, false],
  ["/account/security", 200, true],
  ["/account/sessions", 200, true],
  ["/account/apps", 200, true],
];

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM,
    // Root has no sandbox of Chromium's; the pages are our own.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });

// A context of its own, in which `troubles` gathers what should not be: errors and warnings, what a
// policy forbade, what is asked of somebody else.
export async function visitor(browser, options = {}) {
  const context = await browser.newContext({ baseURL: url, ...options });
  const troubles = [];
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !isExpected(message)) {
      troubles.push(`${message.location().url}: ${message.text()}`);
    }
  });
  context.on("weberror", (error) => troubles.push(String(error.error())));
  context.on("request", (request) => {
    if (!request.url().startsWith(`${url}/`)) troubles.push(`asked for ${request.url()}`);
  });
  return { context, page: await context.newPage(), troubles };
}

// An error page is one that the address brings about.
const isExpected = (message) =>
  pages.some(([path, status]) =>
    status >= 400 &&
    message.location().url === `${url}${path}` &&
    message.text().includes(`${status}`));

export async function signIn(page, path = "/login") {
  await page.goto(path);
  await page.fill("#username", "tomas");
  await page.fill("#password", "correct horse");
  await page.click("#submit");
}

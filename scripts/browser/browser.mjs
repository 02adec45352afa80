// A browser, and what is noted of all that its pages do.
import { chromium } from "playwright-core";

export const url = process.env.URL;

// Where an app may be that people come from and go back to.
export const app = `http://127.0.0.1:${process.env.APP_PORT}`;

// What people see, and who: [path, status, whether somebody is signed in].
export const pages = [
  ["/", 200, false],
  ["/nowhere", 404, false],
  ["/login", 200, false],
  ["/forgot", 200, false],
  ["/password", 410, false],
  // Over, since there is an administrator; the journey through it begins on a server of its own.
  ["/setup", 404, false],
  ["/signed-out", 200, false],
  ["/authorize", 400, false],
  ["/authorize?client_id=atlas&redirect_uri=https://elsewhere.example", 400, false],
  ["/consent?request=over", 400, false],
  ["/account/security", 200, true],
  ["/account/sessions", 200, true],
  ["/account/apps", 200, true],
  ["/logout", 200, true],
];

// What operators see.
export const consolePages = [
  "/admin",
  "/admin?r=1h&as=table",
  "/admin/tokens",
  "/admin/tokens?q=status:active%20kind:access",
  "/admin/tokens?q=stauts:active",
  "/admin/types",
  "/admin/types?new=1",
  "/admin/types?new=1&as=text",
  "/admin/types/access",
  "/admin/inspect",
  "/admin/clients",
  "/admin/clients/new",
  "/admin/clients/atlas",
  "/admin/clients/atlas/credentials",
  "/admin/clients/atlas/delete",
  "/admin/resource-servers",
  "/admin/users",
  "/admin/users/new",
  "/admin/keys",
  "/admin/keys/rotate?algorithm=ES256",
  "/admin/audit",
  "/admin/audit?q=acton:x",
  "/admin/settings",
  "/admin/settings?q=nothing",
];

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM,
    // Root has no sandbox of Chromium's; the pages are our own.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });

// A context of its own, in which `troubles` gathers what should not be: errors and warnings, what a
// policy forbade, what is asked of somebody else.
export async function visitor(browser, { baseURL = url, ...options } = {}) {
  const context = await browser.newContext({ baseURL, ...options });
  context.setDefaultTimeout(10_000);
  const troubles = [];
  const page = await context.newPage();
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !isOfPage(message, page)) {
      troubles.push(`${message.location().url}: ${message.text()}`);
    }
  });
  context.on("weberror", (error) => troubles.push(String(error.error())));
  context.on("request", (request) => {
    const isKnown = [baseURL, app].some((origin) => request.url().startsWith(`${origin}/`));
    if (!isKnown) troubles.push(`asked for ${request.url()}`);
  });
  return { context, page, troubles };
}

// Whether it is said that the page itself has a status of an error: that is looked at by itself.
const isOfPage = (message, page) =>
  message.location().url === page.url() &&
  message.text().startsWith("Failed to load resource: the server responded with a status of 4");

export async function signIn(page, path = "/login", name = "tomas") {
  await page.goto(path);
  await giveProof(page, name);
}

// Fills in the sign-in page.
export async function giveProof(page, name = "tomas", password = "correct horse") {
  await page.fill("#username", name);
  await page.fill("#password", password);
  await page.click("#submit");
}

// Looks at a page as people do: wide, on a phone, in the dark; lists what axe-core finds and what does not fit.
//
//   node look.mjs PAGE.html FOLDER [anchor ...]
//
// For each it says how heavy the page is: bytes, compressed bytes, nodes, and the milliseconds of the last visit until
// something was painted, until it was loaded, and of the browser's script and layout. Those depend on the machine.
//
// Needs Chromium (CHROMIUM names it, else /usr/bin/chromium) and `npm install puppeteer-core axe-core`. Pictures go to
// FOLDER. Exits with 1 if axe finds a violation or a page is wider than the screen.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import path from "node:path";

const require = createRequire(path.join(process.cwd(), "x.js"));
const puppeteer = require("puppeteer-core");
const axe = require.resolve("axe-core/axe.min.js");
const [page, folder, ...anchors] = process.argv.slice(2);
const kinds = {
  desktop: { width: 1280, height: 1500, dark: false },
  phone: { width: 375, height: 1600, dark: false, isMobile: true, hasTouch: true },
  dark: { width: 1280, height: 1500, dark: true },
  phone_dark: { width: 375, height: 1600, dark: true, isMobile: true, hasTouch: true },
};
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"],
  protocolTimeout: 600000,
});
let failed = false;
console.log(`${page}: ${statSync(page).size} bytes, ${gzipSync(readFileSync(page)).length} compressed`);
for (const [name, { dark, ...viewport }] of Object.entries(kinds)) {
  const tab = await browser.newPage();
  const requests = [];
  tab.on("request", (request) => { if (!/^(file|data):/.test(request.url())) requests.push(request.url()); });
  tab.on("pageerror", (error) => { failed = true; console.log(`${name}: script error: ${error.message}`); });
  await tab.setViewport(viewport);
  await tab.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: dark ? "dark" : "light" },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  for (const anchor of ["", ...anchors]) {
    await tab.goto("about:blank");
    await tab.goto(pathToFileURL(page).href + (anchor && `#${anchor}`), { waitUntil: "load" });
    if (anchor === "graph")
      await tab.evaluate(() => { document.querySelectorAll("details.graph-box").forEach((x) => { x.open = true; }); });
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) { failed = true; console.log(`${name} ${anchor}: ${wide} pixels too wide`); }
    await tab.screenshot({ path: path.join(folder, `${name}${anchor && `-${anchor}`}.png`) });
  }
  const paint = await tab.evaluate(() => {
    const [visit] = performance.getEntriesByType("navigation");
    const first = performance.getEntriesByName("first-contentful-paint")[0];
    return { first: first?.startTime ?? NaN, load: visit.loadEventEnd, nodes: document.querySelectorAll("*").length };
  });
  const { ScriptDuration, LayoutDuration, RecalcStyleDuration } = await tab.metrics();
  const spent = [ScriptDuration, LayoutDuration + RecalcStyleDuration].map((x) => Math.round(1000 * x));
  console.log(
    `${name}: ${paint.nodes} elements, first paint ${Math.round(paint.first)} ms, loaded ${Math.round(paint.load)} ms, ` +
    `script ${spent[0]} ms, layout ${spent[1]} ms in all visits`,
  );
  await tab.evaluate(() => document.querySelectorAll("details").forEach((x, i) => { x.open = i % 9 < 2; }));
  const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) { failed = true; console.log(`${name}, opened: ${wide} pixels too wide`); }
  await tab.addScriptTag({ path: axe });
  const { violations, passes } = await tab.evaluate(() => globalThis.axe.run());
  console.log(`${name}: ${violations.length} violations, ${passes.length} rules passed, ${requests.length} requests`);
  for (const { id, nodes, help } of violations)
    console.log(`  ${id} (${nodes.length}): ${help}; ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary.slice(0, 200)}`);
  failed ||= violations.length > 0 || requests.length > 0;
  await tab.close();
}
await browser.close();
process.exit(failed ? 1 : 0);

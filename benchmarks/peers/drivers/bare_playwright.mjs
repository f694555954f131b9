// The same script on Playwright for Node.
import {chromium, require, serve} from './serve.mjs';

const playwright = require('playwright-core');
const browser = await playwright.chromium.launch({executablePath: chromium});
await serve(async ({url, type, quality, full, width, height}) => {
  const context = await browser.newContext({viewport: {width, height}});
  const page = await context.newPage();
  await page.goto(url);
  const body = await page.screenshot({type, fullPage: full, ...(quality && {quality})});
  await context.close();
  return body;
}, () => browser.close());

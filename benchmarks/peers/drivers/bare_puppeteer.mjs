// A script on puppeteer-core: one browser with Puppeteer's own flags, a fresh context for each picture.
import {chromium, require, serve} from './serve.mjs';

const {default: puppeteer} = await import(require.resolve('puppeteer-core'));
const browser = await puppeteer.launch({executablePath: chromium, args: ['--no-sandbox']});
await serve(async ({url, type, quality, full, width, height}) => {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport({width, height});
  await page.goto(url, {waitUntil: 'load'});
  const body = await page.screenshot({type, fullPage: full, ...(quality && {quality})});
  await context.close();
  return body;
}, () => browser.close());

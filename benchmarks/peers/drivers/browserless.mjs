// browserless, with its own flags: one browser, a fresh context for each picture, no advertisement blocking.
import {chromium, require, serve} from './serve.mjs';

const createBrowser = require('browserless');
const browser = createBrowser({executablePath: chromium});
await browser.browser();
const auto = process.argv.includes('auto');
const how = auto ? {} : {waitUntil: 'load', waitForDom: 0, codeScheme: false};
await serve(async ({url, type, quality, full, width, height}) => {
  const context = await browser.createContext();
  const viewport = {width, height, deviceScaleFactor: 1};
  const options = {type, fullPage: full, adblock: false, viewport, ...how, ...(quality && {quality})};
  const body = await context.screenshot(url, options);
  await context.destroyContext();
  return body;
}, () => browser.close());

// capture-website, by its documented interface, which launches a browser for each picture.
import {chromium, serve} from './serve.mjs';

const {default: captureWebsite} = await import(`${process.env.PEERS_MODULES}/node_modules/capture-website/index.js`);
const launchOptions = {executablePath: chromium, args: ['--no-sandbox']};
await serve(({url, type, quality, full, width, height}) => captureWebsite.buffer(url, {
  width, height, scaleFactor: 1, blockAds: false, fullPage: full, type, launchOptions,
  ...(quality && {quality: quality / 100}),
}));

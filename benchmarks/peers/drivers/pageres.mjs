// pageres, which is capture-website underneath; its JPEGs have Chromium's own quality, which is 80.
import {chromium, serve} from './serve.mjs';

const {default: Pageres} = await import(`${process.env.PEERS_MODULES}/node_modules/pageres/dist/index.js`);
const launchOptions = {executablePath: chromium, args: ['--no-sandbox']};
await serve(async ({url, type, full, width, height}) => {
  const pageres = new Pageres({format: type === 'jpeg' ? 'jpg' : 'png', crop: !full, launchOptions});
  const [screenshot] = await pageres.source(url, [`${width}x${height}`]).run();
  return screenshot;
});

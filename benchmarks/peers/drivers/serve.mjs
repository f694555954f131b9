// Serves requests from standard input, as `benchmarks.peers.drivers` describes.
import {createInterface} from 'node:readline';
import {writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';

/** Resolves what the folder of `env` has installed, for drivers that lie elsewhere. */
export const require = createRequire(`${process.env.PEERS_MODULES}/`);
export const chromium = process.env.PEERS_CHROMIUM;

export async function serve(take, close = async () => {}) {
  const lines = createInterface({input: process.stdin});
  lines.on('line', async line => {
    const request = JSON.parse(line);
    let error = null;
    try {
      await writeFile(request.out, await take(request));
    } catch (failure) {
      error = String(failure).slice(0, 300);
    }
    process.stdout.write(JSON.stringify({id: request.id, error}) + '\n');
  });
  lines.on('close', async () => {
    await close();
    process.exit(0);
  });
  process.stdout.write('ready\n');
}

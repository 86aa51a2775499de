// One browser of a test. Runs on a host of the lab and takes orders from the test, which runs outside:
//     node peer.mjs BROWSER DIRECTORY CA
// A line in: {"call", "argument"}, the name of a function of in_page.js. A line out: {"result"} or {"error"}.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { open_page } from './browsers.mjs';

const [browser, directory, ca] = process.argv.slice(2);
const answer = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const { page, close } = await open_page(browser, { directory, ca });
page.on('console', (message) => console.error(`console: ${message.text()}`));
page.on('pageerror', (error) => console.error(`page error: ${error.message}`));
await page.evaluate(await readFile(new URL('in_page.js', import.meta.url), 'utf8'));
answer({ result: 'open' });
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  try {
    const call = ({ call, argument }) => globalThis.peer[call](argument);
    answer({ result: await page.evaluate(call, order) ?? null });
  } catch (error) {
    answer({ error: `${order.call}: ${error.message}` });
  }
}
await close();

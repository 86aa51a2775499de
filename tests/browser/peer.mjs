// One browser of a test. Runs on a host of the lab and takes orders from the test, which runs outside:
//     node peer.mjs BROWSER DIRECTORY CA SCRIPT
// A line in: {"call", "argument"}, a function of SCRIPT, or `visit`, `load`, `freeze`, `thaw`. A line out: {"result"} or
// {"error"}.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { open_page } from './browsers.mjs';

const [browser, directory, ca, script] = process.argv.slice(2);
const answer = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const { page, freeze, thaw, close } = await open_page(browser, { directory, ca });
page.on('console', (message) => console.error(`console: ${message.text()}`));
page.on('pageerror', (error) => console.error(`page error: ${error.message}`));
const source = await readFile(script, 'utf8');
await page.evaluate(source);

// What the page itself cannot do.
const deeds = {
  async visit({ url }) {
    await page.goto(url);
    await page.evaluate(source);
  },
  async load({ file }) { await page.evaluate(await readFile(file, 'utf8')); },
  freeze, thaw,
};
answer({ result: 'open' });
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  try {
    const call = ({ call, argument }) => globalThis.peer[call](argument);
    const result = deeds[order.call] ? await deeds[order.call](order.argument) : await page.evaluate(call, order);
    answer({ result: result ?? null });
  } catch (error) {
    answer({ error: `${order.call}: ${error.message}` });
  }
}
await close();

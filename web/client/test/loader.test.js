// The loader, which stands in the page itself.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';

const kLoader = readFileSync(new URL('../../pages/loader.js', import.meta.url), 'utf8');

// Where it goes from `pathname` of https://turn.example.org; nowhere: ''.
function goes_to(pathname) {
  const here = new URL('https://turn.example.org/?q#invite=x');
  let there = '';
  const location = {
    pathname, search: here.search, hash: here.hash, origin: here.origin,
    replace: (url) => { there = new URL(url, here.origin + pathname).href; },
  };
  runInNewContext(kLoader, { location, addEventListener: () => {} });
  return there;
}

test('the page is in a folder', () => {
  assert.equal(goes_to('/rtc/'), '');
  assert.equal(goes_to('/rtc'), 'https://turn.example.org/rtc/?q#invite=x');
});

test('a path never leads to another server', () => {
  for (const pathname of ['//evil.example/..%2frtc%2f', '/\\evil.example', '//evil.example', '///evil.example/x'])
    assert.equal(new URL(goes_to(pathname)).origin, 'https://turn.example.org', pathname);
});

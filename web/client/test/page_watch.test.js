import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { watch_page } from '../page_watch.js';
import { FakeEnvironment } from './fakes.js';

let environment, sources, heard, end;

beforeEach(() => {
  environment = new FakeEnvironment();
  sources = { window: new EventTarget(), document: new EventTarget(), network: new EventTarget() };
  heard = [];
  end = watch_page(sources, environment, Object.fromEntries(
    ['check', 'network_changed', 'hide', 'show'].map((name) => [name, () => heard.push(name)])));
});

test('events of the page', () => {
  sources.window.dispatchEvent(new Event('online'));
  sources.network.dispatchEvent(new Event('change'));
  environment.hidden = true;
  sources.document.dispatchEvent(new Event('visibilitychange'));
  environment.hidden = false;
  sources.document.dispatchEvent(new Event('visibilitychange'));
  sources.window.dispatchEvent(new Event('pagehide'));
  sources.window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }));
  sources.window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  assert.deepEqual(heard, ['network_changed', 'network_changed', 'check', 'hide', 'show']);
});

test('a clock that jumped means that the machine slept', () => {
  environment.advance(300_000);
  assert.deepEqual(heard, []);
  environment.sleep(600_000);
  environment.advance(15_000);
  assert.deepEqual(heard, ['check']);
});

test('a hidden tab, whose timers come once a minute, has not slept', () => {
  environment.hidden = true;
  environment.advance_throttled(30);
  assert.deepEqual(heard, []);
  environment.sleep(600_000);
  environment.advance(0);
  assert.deepEqual(heard, ['check']);
});

test('the end leaves neither timer nor listener', () => {
  end();
  sources.window.dispatchEvent(new Event('online'));
  assert.deepEqual(heard, []);
  assert.equal(environment.timer_count, 0);
});

test('where there is no page, as under Node, only the clock is watched', () => {
  watch_page({ window: null, document: null, network: null }, environment, {})();
});

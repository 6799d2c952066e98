// The pages at /docs are whole without anything from elsewhere, and their policy lets nothing from elsewhere in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onOneDatabase } from '../testing/databases.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

onOneDatabase('interactive documentation', (database) => {
  const coordinator = useCoordinator(database);
  const get = (path: string) => fetch(coordinator.url + path);

  for (const path of ['/docs', '/docs/'])
    test(`${path}: each script and style is this coordinator’s, and none stands in the page`, async () => {
      const response = await get(path);
      const page = await response.text();
      assert.deepEqual(
        [response.status, response.headers.get('content-type')],
        [200, 'text/html; charset=utf-8'],
      );
      const csp = response.headers.get('content-security-policy') ?? '';
      assert.match(csp, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
      assert.doesNotMatch(csp, /unsafe|https?:|\*/);
      assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
      const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
      assert.ok(files.length >= 6);
      for (const file of files) {
        const found = await get(new URL(file, `${coordinator.url}${path}`).pathname);
        assert.equal(found.status, 200, file);
        assert.ok((await found.arrayBuffer()).byteLength > 0);
      }
    });

  test('it shows the document of /openapi.json', async () => {
    const [shown, served] = await Promise.all(
      ['/docs/json', '/openapi.json'].map(async (path) => (await get(path)).json()),
    );
    assert.deepEqual(shown, served);
    assert.equal((await get('/docs/static/nothing-there.js')).status, 404);
    assert.equal((await fetch(`${coordinator.url}/docs`, { method: 'POST' })).status, 405);
  });
});

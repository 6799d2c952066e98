// What the dashboard's build makes: small enough, with nothing inline that its policy forbids, nothing of Node's, nothing from elsewhere.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { buildDashboard } from '../support/build-dashboard.ts';

const mostScript = 150_000;

test('its script is at most 150 KB compressed, and all of it is its own', async () => {
  const folder = await buildDashboard();
  const names = await readdir(join(folder, 'assets'));
  const scripts = await Promise.all(
    names.filter((name) => name.endsWith('.js')).map((name) => readFile(join(folder, 'assets', name))),
  );
  const packed = scripts.reduce((sum, script) => sum + gzipSync(script).length, 0);
  assert.ok(packed > 10_000 && packed <= mostScript, `${packed} bytes of script, compressed`);
  for (const script of scripts)
    assert.doesNotMatch(script.toString('utf8'), /from\s*["']node:|\beval\(|import\(["']https?:/);
  const page = await readFile(join(folder, 'index.html'), 'utf8');
  assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?:\/\//);
});

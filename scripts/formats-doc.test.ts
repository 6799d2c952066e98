// docs/formats.md against the tests that it names: each row names one at least, and each that it names is there, so that
// the document says nothing that nobody holds the code to.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const document = new URL('../docs/formats.md', import.meta.url);
const lines = readFileSync(document, 'utf8').split('\n');
const links = /\[([^\]]+)\]\(([^)\s]+\.test\.ts)\)/g;

/** Tests by their titles, as a source writes them: in quotes, some of them in tables of cases. */
function holds(source: string, title: string): boolean {
  const written = source.replaceAll(/\\(.)/g, '$1');
  return ["'", '`', '"'].some((quote) => written.includes(quote + title + quote));
}

test('every row names a test', () => {
  const rows = lines.filter((line) => /^\| (?!---)/.test(line) && !/^\|\s*\|/.test(line));
  assert.ok(rows.length > 50);
  assert.deepEqual(
    rows.filter((row) => [...row.matchAll(links)].length === 0),
    [],
  );
});

test('every test that is named is there', () => {
  const named = [...lines.join('\n').matchAll(links)];
  const missing = named.filter(([, title, path]) => {
    const source = readFileSync(new URL(path!, document), 'utf8');
    return !holds(source, title!);
  });
  assert.deepEqual(
    missing.map(([link]) => link),
    [],
  );
});

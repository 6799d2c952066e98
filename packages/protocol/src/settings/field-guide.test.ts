// No field of the settings is without its row in the guide, and no row without its field.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsFields } from '../settings-fields.ts';
import { fieldGuide } from './field-guide.ts';

test('each field of the settings says what it does and when a change of it takes effect', () => {
  const fields = settingsFields();
  const sections = new Set(
    fields.filter(({ takes, path }) => takes === 'fields' && !path.includes('.')).map(({ path }) => path),
  );
  const named = fields.map(({ path }) => path).filter((path) => !sections.has(path));
  assert.deepEqual(Object.keys(fieldGuide).sort(), [...named].sort());
  for (const [path, { about, when, because, exceptFor }] of Object.entries(fieldGuide)) {
    assert.notEqual(about, '', path);
    assert.equal(because !== undefined, when === 'never' || exceptFor !== undefined, path);
  }
});

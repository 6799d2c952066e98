// Python's patterns on the names of modules: what matched in CPython 3.11 matches here, and no other.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pythonPattern } from './python-pattern.ts';

const names = [
  'model.layers.0.self_attn.q_proj',
  'model.layers.1.self_attn.q_proj',
  'model.layers.11.mlp.up_proj',
  'q_proj',
  'xq_proj',
];

/** Of re.match(rf"(.*\.)?({pattern})$", name) for the names above, by CPython 3.11.7. */
const expected: Readonly<Record<string, readonly number[]>> = {
  q_proj: [0, 1, 3],
  'layers.0.self_attn.q_proj': [0],
  'layers\\.\\d\\..*': [0, 1],
  'layers\\.(?P<n>\\d)(?P=n)\\.mlp\\..*': [2],
  'model\\.layers\\.\\d{,2}\\..*_proj': [0, 1, 2],
  '\\Aq_proj\\Z': [3],
  'q_proj|up_proj': [0, 1, 2, 3],
  '(?:self_attn|mlp)\\.[a-z_]+': [0, 1, 2],
  '.*(?<!x)q_proj': [0, 1, 3],
  '[^.]*q_proj': [0, 1, 3, 4],
  '(\\d)\\3\\.mlp\\.up_proj': [2],
  'self-attn': [],
};

describe('a pattern matches the names that it matches in CPython', () => {
  for (const [pattern, indices] of Object.entries(expected)) {
    test(pattern, () => {
      const translated = pythonPattern(pattern);
      assert.ok(translated !== null);
      assert.deepEqual(
        names.flatMap((name, i) => (translated.test(name) ? [i] : [])),
        indices,
      );
    });
  }
});

test('what JavaScript would read as something else, or not at all, is refused', () => {
  for (const pattern of [
    '(?i)Q_PROJ',
    'q++',
    '(?>q)_proj',
    '(q)?(?(1)_proj|x)',
    '[]q]',
    '\\N{DIGIT ONE}',
    '(',
    '\\Uq',
  ])
    assert.equal(pythonPattern(pattern), null, pattern);
});

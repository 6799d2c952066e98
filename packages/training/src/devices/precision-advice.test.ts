import assert from 'node:assert/strict';
import { test } from 'node:test';
import { precisionAdvice } from './precision-advice.ts';

type Asked = Parameters<typeof precisionAdvice>;

const asked = (parameters: number, device: string, quantised?: object) =>
  [{ name: 'onnx', device }, { weights: [{ name: 'w', shape: [parameters], quantised }] }] as unknown as [
    Asked[0],
    Asked[1],
  ];
const vnni = 'flags : fpu avx512_vnni amx_int8';

test('8 bits are advised where they are known to be faster, and nowhere else', () => {
  assert.match(precisionAdvice(...asked(1e9, 'cpu'), vnni)!, /--base-precision 8bit/);
  for (const [given, processor] of [
    [asked(1e8, 'cpu'), vnni],
    [asked(1e9, 'webgpu'), vnni],
    [asked(1e9, 'cpu', {}), vnni],
    [asked(1e9, 'cpu'), 'flags : fpu avx2'],
    [asked(1e9, 'cpu'), null],
  ] as const) {
    assert.equal(precisionAdvice(...given, processor), undefined);
  }
});

// A checkpoint as people see it. Its bytes are served by groups/checkpoint-handlers.ts.
import type { CheckpointInfo } from '@colora/protocol/entities';

interface CheckpointRow {
  readonly version: number;
  readonly createdAt: Date;
  readonly blob: { readonly sha256: string; readonly bytes: number };
}

export function checkpointView({ version, createdAt, blob }: CheckpointRow): CheckpointInfo {
  return {
    version,
    encoding: 'f32',
    sha256: blob.sha256,
    bytes: blob.bytes,
    createdAt: createdAt.toISOString(),
  };
}

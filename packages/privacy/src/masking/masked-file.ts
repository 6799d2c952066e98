// A masked contribution as the file that is sent. What its metadata says is the protocol's contribution.ts.
import { encodeContributionMetadata, type MaskedMetadata, maskedTensor } from '@colora/protocol/contribution';
import { encodeHeader } from '@colora/tensors/safetensors/safetensors-header';

/** `masked`: as maskVector makes it. The same bytes for the same arguments. */
export function maskedFile(metadata: MaskedMetadata, masked: Uint8Array): Uint8Array {
  const tensor = { name: maskedTensor, dtype: 'U8', shape: [masked.length] } as const;
  return Buffer.concat([encodeHeader([tensor], encodeContributionMetadata(metadata)), masked]);
}

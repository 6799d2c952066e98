// How a secret is kept: as its sha256. (256 random bits need no slow hash: there is nothing to guess.)
import { sha256Hex } from '@colora/protocol/sha256';

/** Of API keys and invitations. */
export function hashSecret(secret: string): string {
  return sha256Hex(secret);
}

// Content-Digest (RFC 9530) with sha-256: how a body names its own hash on the wire.

/** `sha-256=:<base64>:` from a sha256 in hex. */
export function formatContentDigest(sha256Hex: string): string {
  return `sha-256=:${Buffer.from(sha256Hex, 'hex').toString('base64')}:`;
}

/** The sha256 in hex out of a Content-Digest header, or null when there is none. */
export function parseContentDigest(header: string | undefined): string | null {
  const match = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header ?? '');
  return match?.[1] === undefined ? null : Buffer.from(match[1], 'base64').toString('hex');
}

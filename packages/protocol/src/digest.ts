// Content-Digest (RFC 9530) with sha-256: how a body names its own hash on the wire. Browsers run it too: no Buffer.

/** `sha-256=:<base64>:` from a sha256 in hex. */
export function formatContentDigest(sha256Hex: string): string {
  const bytes = sha256Hex.replace(/../g, (hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return `sha-256=:${btoa(bytes)}:`;
}

/** The sha256 in hex out of a Content-Digest header, or null when there is none. */
export function parseContentDigest(header: string | undefined): string | null {
  const match = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header ?? '');
  if (match?.[1] === undefined) return null;
  return Array.from(atob(match[1]), (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}

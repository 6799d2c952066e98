// The codes of failed system calls, name look-ups, TLS and fetch, in words: one table for whoever tells a person about
// them. What failed (which file, which address) is said by who asked for it.

interface Row {
  readonly words: string;
  /** It says that the address, the network's settings or a certificate is wrong: the same call fails again. */
  readonly lasting?: true;
}

const untrusted = {
  words:
    'nobody whom this machine trusts vouches for its certificate; if it is your own or your company’s, ' +
    'name the file of the authority’s certificate in NODE_EXTRA_CA_CERTS',
  lasting: true,
} as const;
const silence = { words: 'no answer in time' } as const;
const closed = { words: 'the connection was closed before the answer' } as const;
const noWay = { words: 'there is no way to that network; is this machine online?' } as const;
const noTls = {
  words: 'what answers there does not speak TLS; is its address http://, not https://?',
  lasting: true,
} as const;
const quota = {
  words: 'the share of the disk that this user may fill is used up; free some space, or use another folder',
} as const;
const denied = {
  words: 'permission denied; give this user the right to it, or use another file or folder',
} as const;
const tooManyFiles = {
  words: 'too many files are open; close other programs, or raise the limit (ulimit -n)',
} as const;

export const systemErrors = {
  ENOENT: { words: 'there is no such file or folder' },
  EACCES: denied,
  EPERM: denied,
  EROFS: { words: 'the file system is read-only; use a folder that can be written' },
  EISDIR: { words: 'it is a folder, and a file is needed' },
  ENOTDIR: { words: 'a part of the path is a file, and a folder is needed' },
  EEXIST: { words: 'there is something of that name already; move it away, or use another name' },
  ENOTEMPTY: { words: 'the folder is not empty; use another one' },
  ENAMETOOLONG: { words: 'the name is too long for the file system; use a shorter one' },
  ELOOP: { words: 'a link in the path leads to itself' },
  EBUSY: { words: 'another program is using it' },
  ETXTBSY: { words: 'another program is using it' },
  EMFILE: tooManyFiles,
  ENFILE: tooManyFiles,
  ENOSPC: { words: 'the disk is full; free some space, or use a folder on another disk' },
  EDQUOT: quota,
  EFBIG: { words: 'the file is larger than the file system or the user’s limit (ulimit -f) allows' },
  EIO: { words: 'the disk could not read or write it (input/output error); look after the disk' },
  ESTALE: { words: 'the network drive has lost it; mount it anew' },
  EADDRINUSE: { words: 'another program listens on that port; stop it, or use another port' },
  EADDRNOTAVAIL: { words: 'this machine does not have that address' },
  ECONNREFUSED: { words: 'connection refused' },
  ECONNRESET: { words: 'the connection was cut' },
  ECONNABORTED: { words: 'the connection was cut' },
  EPIPE: { words: 'the connection was cut' },
  ETIMEDOUT: silence,
  ESOCKETTIMEDOUT: silence,
  ENOTFOUND: { words: 'no such host' },
  EAI_AGAIN: { words: 'the name server does not answer; is this machine online?' },
  EAI_FAIL: { words: 'the name server cannot answer' },
  EHOSTUNREACH: noWay,
  ENETUNREACH: noWay,
  EHOSTDOWN: noWay,
  ENETDOWN: noWay,
  UND_ERR_CONNECT_TIMEOUT: silence,
  UND_ERR_HEADERS_TIMEOUT: silence,
  UND_ERR_BODY_TIMEOUT: silence,
  UND_ERR_SOCKET: closed,
  UND_ERR_CLOSED: closed,
  UND_ERR_DESTROYED: closed,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: {
    words: 'it speaks only versions of TLS that are no longer safe',
    lasting: true,
  },
  EPROTO: noTls,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_UNTRUSTED: untrusted,
  CERT_HAS_EXPIRED: {
    words: 'its certificate has expired, or the clock of this machine is wrong',
    lasting: true,
  },
  CERT_NOT_YET_VALID: {
    words: 'its certificate is not valid yet, or the clock of this machine is wrong',
    lasting: true,
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    words: 'its certificate is for another name; use the name that the certificate holds',
    lasting: true,
  },
} as const satisfies Readonly<Record<string, Row>>;

/** The row of an error, or of the error behind it (fetch hides its cause); undefined where it has no known code. */
export function systemErrorOf(error: unknown): (Row & { readonly code: string }) | undefined {
  const code = systemCodeOf(error);
  if (code === undefined) return undefined;
  if (Object.hasOwn(systemErrors, code)) return { code, ...systemErrors[code as keyof typeof systemErrors] };
  if (code.startsWith('ERR_SSL_'))
    return { code, words: `no TLS connection comes about (${code})`, lasting: true };
  // llhttp, which reads HTTP for both node:http and fetch
  if (code.startsWith('HPE_')) {
    return {
      code,
      words: 'what answers there does not speak HTTP; is its address https://, or the port another one?',
      lasting: true,
    };
  }
  return undefined;
}

/** The innermost code of an error and what caused it. */
export function systemCodeOf(error: unknown): string | undefined {
  let found: string | undefined;
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') found = at.code;
    else if (at.name === 'HTTPParserError')
      found = 'HPE_UNKNOWN'; // fetch of Node 24 loses the code of some
    // A name with several addresses is tried at each: what all of them said is the answer.
    else if (at instanceof AggregateError) found = systemCodeOf(at.errors.at(-1)) ?? found;
  }
  return found;
}

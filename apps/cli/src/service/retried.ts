// After which endings a service is started again: what may pass by itself. The others wait for a person (a key, a yes, a file), and a
// crash is the system's to notice.
import { type ExitCode, exitCodes } from '../exit-codes.ts';

const retried: readonly ExitCode[] = ['failed', 'unreachable', 'workspace', 'files'];
export const retriedStatuses: readonly number[] = retried.map((code) => exitCodes[code].status);

// --log-format of the daemon; the coordinator's is with its command.
import { Option } from 'commander';
import { logFormats } from '../config.ts';

export function logFormatOption(): Option {
  return new Option(
    '--log-format <format>',
    'what it tells on the standard error: pretty for people, or all of it as JSON lines (or LOG_FORMAT)',
  ).choices(logFormats);
}

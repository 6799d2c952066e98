// Flags of what is told to others beside contributions, and of what is kept here of all that leaves.
import { type Command, Option } from 'commander';
import { config } from '../../config.ts';
import { readAmount } from '../option-values.ts';

export interface TellingFlags {
  readonly figures: boolean;
  readonly reports: boolean;
  readonly keepBodies?: number;
}

export function withTellingFlags(command: Command): Command {
  return command
    .option(
      '--no-figures',
      'tell the group neither your verdict nor how long a step takes here and with what; else three whole numbers are told at its end (with secure aggregation they go under the mask of its last round), of which members hear only means of four or more, the seconds of a step, of which those who run it hear the slowest’s, and version, engine and device, which they see (or COLORA_NO_FIGURES)',
    )
    .option(
      '--no-reports',
      'if it ends with an error, tell those who run the group nothing of it; else two codes of short lists and the number of the round are told: no text, no path, nothing of an example (or COLORA_NO_REPORTS)',
    )
    .addOption(
      new Option(
        '--keep-bodies [amount]',
        'keep what is sent beside its list in the workspace, without keys, for colora sent --find; above this amount (256MB without one) the oldest goes',
      )
        .preset('256MB')
        .argParser(readAmount),
    );
}

/** The flags, and what the environment says. */
export function tellingOf({ figures, reports, keepBodies }: TellingFlags): TellingFlags {
  return {
    figures: figures && !config.noFigures,
    reports: reports && !config.noReports,
    ...(keepBodies === undefined ? {} : { keepBodies }),
  };
}

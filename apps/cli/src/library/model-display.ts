// How a program hears of a download or conversion of a base model.
import type { DownloadDisplay } from '../base-model/download-display.ts';
import type { PersonalOptions } from './colora.d.ts';

export function displayFor({
  onNote,
  onProgress,
}: Pick<PersonalOptions, 'onNote' | 'onProgress'>): DownloadDisplay {
  return {
    note: (message) => onNote?.({ level: 'info', message }),
    progress: (what, done, total) => onProgress?.({ kind: 'downloading', what, done, total }),
    close: () => undefined,
  };
}

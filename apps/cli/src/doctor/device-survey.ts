// Tries a device of this machine by a small training step in a process of its own, so that a driver that crashes takes nothing with
// it. What a try is: survey-device.ts.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Survey, SurveyTarget } from '@colora/training/devices/survey-device';
import { deviceAdvice } from '../device-advice.ts';

export type Row = SurveyTarget & Survey & { readonly works: boolean; readonly advice: string | null };

const launcher = fileURLToPath(new URL('../../bin/colora.js', import.meta.url));
const timeLimit = 120_000;

export function rowOf(target: SurveyTarget, survey: Survey): Row {
  const works = survey.problem === null;
  const advice = works ? null : deviceAdvice(target, survey.binary, process.platform, process.arch);
  return { ...target, ...survey, works, advice };
}

export function tryApart(target: SurveyTarget, threads: number): Promise<Row> {
  const only = `${target.engine}:${target.device}`;
  const args = [launcher, 'devices', '--only', only, '--threads', String(threads), '--json'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: timeLimit, killSignal: 'SIGKILL' }, (error, stdout) => {
      try {
        resolve((JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as [Row])[0]);
      } catch {
        const end = error?.killed
          ? `no answer within ${timeLimit / 1000} s`
          : `its driver crashed (${ending(error)})`;
        resolve(rowOf(target, { problem: end, binary: null, error: null, milliseconds: null }));
      }
    });
  });
}

function ending(error: { signal?: NodeJS.Signals | null; code?: unknown } | null): string {
  return error?.signal ?? `exit status ${error?.code ?? 0}`;
}

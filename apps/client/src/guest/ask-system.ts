// Asking the operating system's own tools: their output, or null where there is no such tool or it fails.
import { execFile } from 'node:child_process';

const timeoutMs = 5000;

export type AskSystem = (command: string, args: readonly string[]) => Promise<string | null>;

export const askSystem: AskSystem = (command, args) =>
  new Promise((resolve) => {
    execFile(command, [...args], { timeout: timeoutMs, windowsHide: true }, (error, stdout) => {
      resolve(error === null ? stdout : null);
    });
  });

/** The arguments that make Windows' shell run a script and nothing else. */
export const powershell = (script: string) => ['-NoProfile', '-NonInteractive', '-Command', script] as const;

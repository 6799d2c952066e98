// A text to take along (a command, a link, a key), with a button that copies it.
import { useState } from 'preact/hooks';
import { announce } from './announcer.tsx';

export function Command({ text, label = 'command' }: { readonly text: string; readonly label?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(text);
    setCopied(true);
    announce(`The ${label} is copied`);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div class="command">
      <code dir="ltr">{text}</code>
      <button type="button" class="small" onClick={copy} aria-label={`Copy the ${label}`}>
        {copied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}

/** Pages that came over plain HTTP from elsewhere have no clipboard of their own: there the old way is taken. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return await navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}

// Chat templates of the usual kinds as Ollama's: what is found in them, and what of them can't be said.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openChatTemplate } from '@colora/training/text/chat-template';
import { modelfileText } from './modelfile.ts';
import { ollamaTemplate } from './ollama-template.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-ollama-'));
});
after(() => rm(folder, { recursive: true }));

async function of(source: string, start = ''): Promise<string | null> {
  await writeFile(join(folder, 'chat_template.jinja'), source);
  return ollamaTemplate((await openChatTemplate(folder))!, start);
}

const each =
  '{{ range .Messages }}{{ if eq .Role "system" }}<|im_start|>system\n{{ .Content }}<|im_end|>\n' +
  '{{ else if eq .Role "user" }}<|im_start|>user\n{{ .Content }}<|im_end|>\n' +
  '{{ else if eq .Role "assistant" }}<|im_start|>assistant\n{{ .Content }}<|im_end|>\n{{ end }}{{ end }}<|im_start|>assistant\n';
const turns =
  "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

test('fixed texts around every message', async () => {
  assert.equal(await of(turns), each);
});

test('a system message where none is given, and a start token that Ollama puts there itself', async () => {
  const told =
    "{% if messages[0].role != 'system' %}{{ '<|im_start|>system\nBe kind.<|im_end|>\n' }}{% endif %}";
  const lead =
    '{{ if .Messages }}{{ if ne (index .Messages 0).Role "system" }}<|im_start|>system\nBe kind.<|im_end|>\n{{ end }}{{ end }}';
  assert.equal(await of(told + turns), lead + each);
  assert.equal(await of(`<s>${turns}`, '<s>'), each);
});

test('turns that depend on others, messages that are refused, and what Go would take for a command: none', async () => {
  const last = '{% for m in messages %}{{ loop.last }}{{ m.content }}{% endfor %}';
  assert.equal(await of(last), null);
  const noSystem = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}";
  assert.equal(await of(noSystem + turns), null);
  assert.equal(await of(turns.replaceAll('<|im_end|>', '{' + '{')), null);
  assert.equal(await of('{% for m in messages %}{{ m.content | upper }}{% endfor %}'), null);
});

test('a Modelfile names what is beside it; texts that it has no way to say are left out', () => {
  const text = modelfileText({
    ...{ about: ['stories'], from: './base.gguf', adapter: './adapter.gguf', template: 'a {{ .Content }}\n' },
    stop: ['<|im_end|>', '"', '\n'],
  });
  assert.equal(
    text,
    '# stories\nFROM ./base.gguf\nADAPTER ./adapter.gguf\nTEMPLATE """a {{ .Content }}\n"""\nPARAMETER stop "<|im_end|>"\n',
  );
});

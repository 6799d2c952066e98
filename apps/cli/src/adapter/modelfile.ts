// A Modelfile: what Ollama is told of a GGUF file (https://docs.ollama.com/modelfile).

export interface Modelfile {
  /** Lines for people. */
  readonly about: readonly string[];
  /** Path from the Modelfile, or a name that Ollama knows. */
  readonly from: string;
  readonly adapter?: string;
  /** In Go's text/template; null: Ollama goes by the template in the file. */
  readonly template: string | null;
  /** Texts that end an answer. */
  readonly stop: readonly string[];
}

export function modelfileText({ about, from, adapter, template, stop }: Modelfile): string {
  const lines = [
    ...about.map((line) => `# ${line}`),
    `FROM ${from}`,
    ...(adapter === undefined ? [] : [`ADAPTER ${adapter}`]),
    ...(template === null ? [] : [`TEMPLATE """${template}"""`]),
    ...stop.filter((text) => !/["\n]/.test(text)).map((text) => `PARAMETER stop "${text}"`),
  ];
  return `${lines.join('\n')}\n`;
}

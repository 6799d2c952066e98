// Commands that the page tells people, as they are typed. A test of the command holds them to what it takes (cli/src/parity/).

export const commands = {
  create: (url: string) => `colora groups create reviews --url ${url} --labels good,bad`,
  start: (group: string, url: string) => `colora groups start ${group} --url ${url}`,
  join: (group: string, url: string) => `colora join ${url} --group ${group} --data mine.jsonl`,
  joinByLink: (link: string) => `colora join '${link}' --data mine.jsonl`,
  joinByLinkAlone: (link: string) => `colora join '${link}'`,
  invite: (group: string, url: string) => `colora groups invite ${group} --url ${url}`,
  verdict: (group: string) => `colora verdict --group ${group}`,
  similarity: (group: string, url: string) => `colora groups similarity ${group} --url ${url}`,
  clusters: (group: string, url: string) => `colora groups clusters ${group} --url ${url}`,
  verifyAudit: (url: string) => `colora audit verify --url ${url}`,
} as const;

// The date that chat templates see while training. Some print today's: the same examples would be other texts tomorrow,
// and a member's contributions of two days would not be of the same data.

/** Friday, 26 July 2024, the day that Llama 3's own templates fall back to; midnight. */
const parts: Readonly<Record<string, string>> = {
  ...{ a: 'Fri', A: 'Friday', w: '5', u: '5', d: '26', e: '26', b: 'Jul', B: 'July', h: 'Jul', m: '07' },
  ...{ y: '24', Y: '2024', C: '20', G: '2024', V: '30', U: '29', W: '30', j: '208', s: '1721952000' },
  ...{
    H: '00',
    k: ' 0',
    I: '12',
    l: '12',
    p: 'AM',
    P: 'am',
    M: '00',
    S: '00',
    f: '000000',
    z: '+0000',
    Z: 'UTC',
  },
  ...{ c: 'Fri Jul 26 00:00:00 2024', x: '07/26/24', X: '00:00:00', D: '07/26/24', F: '2024-07-26' },
  ...{ T: '00:00:00', R: '00:00', r: '12:00:00 AM', n: '\n', t: '\t', '%': '%' },
};

/** As strftime (POSIX): what a directive prints on that day; `-` takes leading zeros off, an unknown one stands as it is. */
export function fixedDate(format: string): string {
  return format.replace(/%(-?)([a-zA-Z%])/g, (directive, minus: string, name: string) => {
    const text = parts[name];
    if (text === undefined) return directive;
    return minus === '' ? text : text.replace(/^[0 ]+(?=.)/, '');
  });
}

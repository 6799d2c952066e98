// Which version is the newer one, and which packages a folder of tarballs has of one.

const form = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Semantic Versioning 2.0.0, section 11: below 0 where `one` is older. NaN where one of them is no version. */
export function compareVersions(one: string, other: string): number {
  const [, ...first] = form.exec(one) ?? [];
  const [, ...second] = form.exec(other) ?? [];
  if (first.length === 0 || second.length === 0) return Number.NaN;
  const numbers = [0, 1, 2].map((at) => Number(first[at]) - Number(second[at]));
  const difference = numbers.find((number) => number !== 0);
  if (difference !== undefined) return difference;
  return comparePreReleases(first[3], second[3]);
}

/** A version with none comes after all that have one. */
function comparePreReleases(one: string | undefined, other: string | undefined): number {
  if (one === undefined || other === undefined)
    return Number(one === undefined) - Number(other === undefined);
  const [first, second] = [one.split('.'), other.split('.')];
  for (let at = 0; at < Math.max(first.length, second.length); at += 1) {
    const [a, b] = [first[at], second[at]];
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    if (a === b) continue;
    const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
    if (isNumber && isOtherNumber) return Number(a) - Number(b);
    if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
    return a < b ? -1 : 1;
  }
  return 0;
}

/** As `npm pack` calls the tarball of a package. */
export const tarballOf = (name: string, version: string) =>
  `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`;

/** The versions of colora that a folder with these files has, the newest first. */
export function versionsIn(files: readonly string[]): string[] {
  return files
    .flatMap((file) => /^colora-(\d.*)\.tgz$/.exec(file)?.[1] ?? [])
    .filter((version) => form.test(version))
    .sort((one, other) => compareVersions(other, one));
}

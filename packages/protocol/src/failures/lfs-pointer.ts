// Pointers of Git LFS: what lies in place of a large file where a repository was cloned, or mirrored, without it. Each
// reader would otherwise say in its own way that the file is none of its format, or take it for a text.

const start = new TextEncoder().encode('version https://git-lfs.github.com/spec/');

/** No pointer has more bytes (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md). */
export const longestPointer = 1024;

/** What is said of one, after its name. */
export const lfsPointerWords =
  'is a pointer of Git LFS, not the file itself: fetch it (git lfs pull), or download it again';

/** Whether the bytes, a file's first ones, are those of a pointer. */
export function isLfsPointer(bytes: Uint8Array): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

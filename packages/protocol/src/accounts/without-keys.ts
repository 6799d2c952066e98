// Keys and invitations begin with what they are (colora_i_ and so on), so that they are known wherever they turn up.

const keys = /\b(colora_[a-z]_)[\w.-]{4,}/g;

/** Of a key or an invitation only its kind stays. */
export function withoutKeys(text: string): string {
  return text.replace(keys, '$1…');
}

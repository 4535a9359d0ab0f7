/** Tells whether a text matches a pattern in which `*` stands for any text. */
export function matchesGlob(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const last = parts.pop()!;
  if (parts.length === 0) {
    return text === last;
  }
  let from = 0;
  for (const [index, part] of parts.entries()) {
    const found = index === 0 ? (text.startsWith(part) ? 0 : -1) : text.indexOf(part, from);
    if (found === -1) {
      return false;
    }
    from = found + part.length;
  }
  return text.endsWith(last) && text.length - last.length >= from;
}

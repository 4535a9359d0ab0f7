/** What stands in a message where something was cut. */
const CUT = '…';

/** Access tokens as vendors make them, by how they begin. */
const KNOWN_TOKENS = new RegExp(
  [
    'gh[pousr]_[A-Za-z0-9]{8,}',
    'github_pat_\\w{8,}',
    'dckr_(?:pat|oat)_[\\w-]{8,}',
    'gl(?:pat|dt|ptt|rt|cbt|soat|imt|ft|agent|ffct)-[\\w.-]{8,}',
    '\\beyJ[\\w-]{8,}(?:\\.[\\w-]+)*',
    'hf_[A-Za-z]{30,}',
    'npm_[A-Za-z0-9]{36}',
    'xox[abprs]-[\\w-]{8,}',
    '(?:AKIA|ASIA)[A-Z0-9]{16}',
  ].join('|'),
  'g',
);

/** A password before a host: `user:password@registry.example.com`, also after a scheme. A digest follows an `@` too. */
const BEFORE_HOST = /[^\s/"'@:]{0,100}:[^\s/"'@]{1,400}@(?=[a-zA-Z0-9])(?!sha(?:256|384|512):)/g;

/** What is long enough to be a random token; hashes of images are told by what stands before them. */
const LONG_WORD = /(?<!sha(?:256|384|512):)(?<![A-Za-z0-9+_-])[A-Za-z0-9+_-]{20,}={0,2}/g;
const LEAST_OF_EACH_KIND = 3;
/** Hexadecimal, and not one word of letters. */
const HEXADECIMAL = /^(?=(?:[a-f]*[0-9]){6})(?=(?:[0-9]*[a-f]){6})[a-f0-9]{32,}$/;

/** Tells whether a text has a password before a host: taken apart, it would no longer be told. */
export function holdsPassword(text: string): boolean {
  // Most texts have no `@`, which is quicker to see.
  return text.includes('@') && text.search(BEFORE_HOST) !== -1;
}

/** The words, numbers and hashes in a name such as `ProdEuWest1Service250D2532`, of which a random text has many. */
const PARTS = /[A-Z]?[a-z]+|[A-Z0-9]+/g;
const LEAST_MEAN_LENGTH = 3.5;

/** Cuts what looks like a token or a password out of a text for people. */
export function withoutCredentials(text: string): string {
  return (holdsPassword(text) ? text.replace(BEFORE_HOST, `${CUT}@`) : text)
    .replace(KNOWN_TOKENS, CUT)
    .replace(LONG_WORD, (word) => (looksRandom(word) ? CUT : word));
}

/** Names are words; a random token mixes capitals, small letters and digits. */
function looksRandom(word: string): boolean {
  const count = (kind: RegExp) => word.match(kind)?.length ?? 0;
  const mixes = [/[A-Z]/g, /[a-z]/g, /[0-9]/g].every((kind) => count(kind) >= LEAST_OF_EACH_KIND);
  return HEXADECIMAL.test(word) || (mixes && word.length / count(PARTS) < LEAST_MEAN_LENGTH);
}

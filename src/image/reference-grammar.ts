export const OFFICIAL_IMAGES = 'library/';
export const MAX_REPOSITORY_LENGTH = 255;

// The grammar of the distribution project: https://pkg.go.dev/github.com/distribution/reference
const HOST_LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const HOST_NAME = `(?:${HOST_LABEL}(?:\\.${HOST_LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
export const HOST = new RegExp(`^${HOST_NAME}$`);
const PATH_COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
export const PATH = `${PATH_COMPONENT}(?:/${PATH_COMPONENT})*`;
export const REPOSITORY = new RegExp(`^${PATH}$`);
export const TAG_NAME = '\\w[\\w.-]{0,127}';
export const TAG = new RegExp(`^${TAG_NAME}$`);
export const DIGEST_VALUE = '(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})';
export const DIGEST = new RegExp(`^${DIGEST_VALUE}$`);
export const IMAGE_ID = /^[a-f0-9]{64}$/;
export const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** What makes the first component of a reference a host, and no part of the path. */
export const BEGINS_WITH_HOST = '[^/.:]*[.:][^/]*/|localhost/';
/** A whole reference without tokens that is right, taken apart. */
export const REFERENCE = new RegExp(
  `^(?:(?=${BEGINS_WITH_HOST})(${HOST_NAME})/|(?!${BEGINS_WITH_HOST}))` +
    `(${PATH})(?::(${TAG_NAME}))?(?:@(${DIGEST_VALUE}))?$`,
);

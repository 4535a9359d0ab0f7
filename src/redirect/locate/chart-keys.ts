import { hasHost } from '../../upstream/catalogue';

/** Keys that charts have for an image, or for the map of its parts: `image`, `sidecarImage`, `docker_image`. */
const IMAGE_KEY = /image(s|name|repository|ref|override)?$/i;
/** Keys with that word that hold something else: a picture, or the disk of a machine. */
const OTHER_KEY =
  /((background|logo|icon|base64|cover|avatar|hero|banner|splash|disk|machine)_?-?|^(os|ami|vm)_?-?)images?$/i;
/** Keys in the map of an image under which some charts have all of it, and those that are no part of its name. */
const WHOLE_KEY = /^(override|full.*|ref(erence)?|uri|name|image|repo)$/i;
const PART_KEY =
  /(tag|digest|sha|policy|version|variant|secrets?|registry|arch|type|channel|suffix|distro|port|command|args?)$/i;
/** `registry`, `imageRegistry`, `systemDefaultRegistry`, ...; the registry of a database is for some other program. */
const REGISTRY_KEY = /^(.*image|default|system_?default|docker|container)?_?registry$/i;
/** What stands beside a registry to which somebody signs in. */
const CREDENTIAL_KEY = /^(user(name)?|password|token|auth|email|.*credentials?)$/i;
const PULL_SECRETS_KEY = /(pull|registry)_?-?secrets?(name)?$/i;
const PICTURE = /\.(png|jpe?g|gif|svg|webp|ico|bmp|iso|qcow2|img)$/i;
const NAME = /^[a-z0-9][\w./:@-]*$/i;

/** Tells whether the value of a key is an image, or the map of its parts. */
export function isImageKey(key: string): boolean {
  return IMAGE_KEY.test(key) && !OTHER_KEY.test(key) && !PULL_SECRETS_KEY.test(key);
}

/** Tells whether a key beside the name of an image may hold another part of it. */
export function isNameKey(key: string): boolean {
  return !PART_KEY.test(key) && !CREDENTIAL_KEY.test(key);
}

/** Tells whether a key below that of an image, or of many, holds an image. */
export function isImageKeyBelow(above: string, key: string): boolean {
  return /images$/i.test(above) ? isNameKey(key) : WHOLE_KEY.test(key);
}

/** Tells whether a key holds the registry of an image, or of many. */
export function isRegistryKey(key: string): boolean {
  return REGISTRY_KEY.test(key) || key === 'hub';
}

/** Tells whether a key holds the secrets by which pods sign in to a registry. */
export function isPullSecretsKey(key: string): boolean {
  return PULL_SECRETS_KEY.test(key);
}

/** Tells whether a map gives pods credentials of a registry. */
export function hasPullSecrets(values: object): boolean {
  return Object.entries(values).some(
    ([key, value]) => isPullSecretsKey(key) && (isText(value) || (Array.isArray(value) && value.length > 0)),
  );
}

/** Tells whether a map is about signing in to a registry. */
export function hasCredentials(values: object): boolean {
  return Object.entries(values).some(([key, value]) => CREDENTIAL_KEY.test(key) && isText(value));
}

export function isMap(value: unknown): value is any {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Tells whether a text may be an image, whole or in part: no address, no path of a file, no picture, no template. */
export function mayBeName(value: unknown): value is string {
  return isText(value) && NAME.test(value) && !value.includes('://') && !PICTURE.test(value);
}

/** Tells whether a text is the name of an image with the host of its registry. */
export function isWhole(value: unknown): value is string {
  return mayBeName(value) && hasHost(value);
}

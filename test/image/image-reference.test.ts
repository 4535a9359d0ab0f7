import { parseFamiliarName } from '@swimlane/docker-reference';
import { Aws, Lazy, Token } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { ImageReference } from '../../src';
import { mutated, references } from '../support/reference-arbitraries';
import { DIGEST, REFERENCES, RuleName, ruleFor, SHA512, suffix } from '../support/references';
import { often, runs } from '../support/runs';

const upstreamHosts = new Map<RuleName, string>();
function upstreamHost(rule: RuleName): string {
  const host = upstreamHosts.get(rule) ?? ruleFor(rule).upstreamRegistryUrl!;
  upstreamHosts.set(rule, host);
  return host;
}

describe('the table of references', () => {
  test('is as long as it should be, and says nothing twice', () => {
    expect(REFERENCES.length).toBeGreaterThanOrEqual(60);
    expect(new Set(REFERENCES.map(([rule, written]) => `${rule} ${written}`)).size).toBe(REFERENCES.length);
  });

  test.each(REFERENCES)('%s: %s', (rule, written, host, repository, tag, digest) => {
    const reference = ImageReference.parse(written, upstreamHost(rule));
    expect(reference).toMatchObject({ host, repository });
    expect(reference.tag).toBe(tag || undefined);
    expect(reference.digest).toBe(digest || undefined);
    expect(reference.suffix).toBe(suffix(tag, digest));
    expect(reference.toString()).toBe(`${host}/${repository}${suffix(tag, digest)}`);
  });
});

describe('hosts', () => {
  test.each([
    // reference, host, repository, tag
    ['localhost/app', 'localhost', 'app', undefined],
    ['localhost:5000/app:1', 'localhost:5000', 'app', '1'],
    ['LOCALHOST:5000/app', 'localhost:5000', 'app', undefined],
    ['registry:5000/app', 'registry:5000', 'app', undefined],
    ['10.0.0.1/app', '10.0.0.1', 'app', undefined],
    ['10.0.0.1:5000/a/b/c:1', '10.0.0.1:5000', 'a/b/c', '1'],
    ['[::1]:5000/app:1', '[::1]:5000', 'app', '1'],
    ['[2001:db8::1]/app', '[2001:db8::1]', 'app', undefined],
    ['my-registry.example.com:443/a/b', 'my-registry.example.com:443', 'a/b', undefined],
    ['xn--80ak6aa92e.com/app', 'xn--80ak6aa92e.com', 'app', undefined],
    ['a.b/c', 'a.b', 'c', undefined],
    // no host: neither a dot, nor a colon, nor localhost
    ['registry/app:1', 'docker.io', 'registry/app', '1'],
    ['localhosts/app', 'docker.io', 'localhosts/app', undefined],
    ['gitlab-org/app', 'docker.io', 'gitlab-org/app', undefined],
    // a host that looks like Docker Hub and is not
    ['docker.io.example.com/nginx', 'docker.io.example.com', 'nginx', undefined],
    ['docker.io:443/nginx', 'docker.io:443', 'nginx', undefined],
  ])('%s', (written, host, repository, tag) => {
    const parsed = ImageReference.parse(written);
    expect([parsed.host, parsed.repository, parsed.tag]).toEqual([host, repository, tag]);
  });

  test('the default host is for references without one only', () => {
    expect(`${ImageReference.parse('app', 'quay.io')}`).toBe('quay.io/app');
    expect(`${ImageReference.parse('ghcr.io/app', 'quay.io')}`).toBe('ghcr.io/app');
    expect(`${ImageReference.parse('app', 'index.docker.io')}`).toBe('docker.io/library/app');
  });
});

describe('fails for', () => {
  const hex64 = 'a'.repeat(64);
  test.each<[what: string, written: unknown, part: string, remedy: string]>([
    ['nothing', '', 'not an image reference', 'give an image such as "nginx:1.27"'],
    ['what is no string', 42, 'not an image reference; got a value of type number', 'give an image such as'],
    ['undefined', undefined, 'not an image reference; none given', 'give an image such as'],
    ['a space before', ' nginx', 'white space at its ends', 'write "nginx"'],
    ['a line end after', 'nginx:1.27\n', 'white space at its ends', 'write "nginx:1.27"'],
    ['https', 'https://ghcr.io/a/b', 'begins with a scheme', 'leave out "https://"'],
    ['the scheme of Helm', 'oci://ghcr.io/a/b', 'begins with a scheme', 'leave out "oci://"'],
    ['the transport of skopeo', 'docker://nginx', 'begins with a scheme', 'leave out "docker://"'],
    [
      'upper case',
      'Nginx',
      'the repository of the image reference is not valid; got "Nginx"',
      'write it in lower case: "nginx"',
    ],
    [
      'upper case below a host',
      'ghcr.io/Org/App:1',
      'the repository of the image reference is not valid; got "Org/App"',
      'write it in lower case: "org/app"',
    ],
    // The distribution project has taken an upper case first component for a host since 2022. Here it is far more often
    // a mistake.
    [
      'an upper case first component',
      'Foo/bar:1',
      'the repository of the image reference is not valid; got "Foo/bar"',
      'write it in lower case: "foo/bar"',
    ],
    ['white space within', 'my app', 'the repository of the image reference', 'write the repository as in "nginx"'],
    ['two slashes', 'a//b', 'the repository of the image reference', 'write the repository as in'],
    ['a slash at its end', 'ghcr.io/a/', 'the repository of the image reference', 'write the repository as in'],
    ['a slash before', '/nginx', 'the repository of the image reference', 'write the repository as in'],
    ['two dots', 'org/a..b', 'the repository of the image reference', 'write the repository as in'],
    ['three underscores', 'a___b', 'the repository of the image reference', 'write the repository as in'],
    ['a hyphen at its end', 'a-/b', 'the repository of the image reference', 'write the repository as in'],
    [
      'a host alone',
      'ghcr.io/',
      'the repository of the image reference is not valid; got ""',
      'write the repository as in',
    ],
    [
      'a tag alone',
      ':1.27',
      'the repository of the image reference is not valid; got ""',
      'write the repository as in',
    ],
    [
      'a digest alone',
      `@${DIGEST}`,
      'the repository of the image reference is not valid; got ""',
      'write the repository as in',
    ],
    ['a name of 256 characters', `ghcr.io/${'a'.repeat(256)}`, 'at most 255 characters', 'write the repository as in'],
    ['an image id', hex64, 'is an image id', 'give the id as a digest'],
    ['an empty tag', 'nginx:', 'the tag of the image reference is not valid; got ""', 'write the tag as in "1.27"'],
    [
      'a tag with a dot before',
      'nginx:.1',
      'the tag of the image reference is not valid; got ".1"',
      'write the tag as in',
    ],
    [
      'a tag with a hyphen before',
      'nginx:-1',
      'the tag of the image reference is not valid; got "-1"',
      'write the tag as in',
    ],
    ['two tags', 'nginx:1:2', 'the tag of the image reference is not valid; got "1:2"', 'write the tag as in'],
    [
      'a tag of 129 characters',
      `nginx:${'t'.repeat(129)}`,
      'the tag of the image reference is not valid',
      'at most 128 characters',
    ],
    ['a plus in the tag', 'nginx:1+2', 'the tag of the image reference is not valid; got "1+2"', 'write the tag as in'],
    [
      'a short digest',
      'nginx@sha256:abc',
      'the digest of the image reference is not valid; got "sha256:abc"',
      'copy the digest in full',
    ],
    [
      'a digest of upper case',
      `nginx@${DIGEST.replace('a', 'A')}`,
      'the digest of the image reference is not valid',
      'copy the digest in full',
    ],
    [
      'an unknown algorithm',
      `nginx@md5:${'a'.repeat(32)}`,
      'the digest of the image reference is not valid',
      'sha256: and 64',
    ],
    [
      'a digest without algorithm',
      `nginx@${hex64}`,
      'the digest of the image reference is not valid',
      'copy the digest in full',
    ],
    [
      'two digests',
      `nginx@${DIGEST}@${DIGEST}`,
      'the digest of the image reference is not valid',
      'copy the digest in full',
    ],
    [
      'a tag after the digest',
      `nginx@${DIGEST}:1`,
      'the digest of the image reference is not valid',
      'copy the digest in full',
    ],
    [
      'a host that begins with a hyphen',
      '-a.io/b',
      'the host of the image reference is not valid; got "-a.io"',
      'write the host as in "ghcr.io"',
    ],
    [
      'a host with an underscore',
      'my_host.io/b',
      'the host of the image reference is not valid; got "my_host.io"',
      'write the host as in',
    ],
    [
      'a port that is no number',
      'host:port/b',
      'the host of the image reference is not valid; got "host:port"',
      'write the host as in',
    ],
    [
      'a host that ends with a dot',
      'a.io./b',
      'the host of the image reference is not valid; got "a.io."',
      'write the host as in',
    ],
    [
      'a user',
      'user@host.io/b',
      'the host of the image reference is not valid; got "user@host.io"',
      'write the host as in',
    ],
  ])('%s', (_what, written, part, remedy) => {
    expect(messageOf(() => ImageReference.parse(written as string))).toContain(part);
    expect(messageOf(() => ImageReference.parse(written as string))).toContain(remedy);
  });

  test('all that is wrong, at once', () => {
    const message = messageOf(() => ImageReference.parse('-a.io/B:.1@sha256:x'));
    expect(message.split('\n').map((line) => line.split(' ')[1])).toEqual(['host', 'repository', 'tag', 'digest']);
  });
});

test('hexadecimal names of 64 characters are names wherever they cannot be taken for an image id', () => {
  const hex64 = 'a'.repeat(64);
  expect(`${ImageReference.parse(`ghcr.io/${hex64}`)}`).toBe(`ghcr.io/${hex64}`);
  expect(`${ImageReference.parse(`${hex64}:1`)}`).toBe(`docker.io/library/${hex64}:1`);
});

describe('tokens', () => {
  const tag = Lazy.string({ produce: () => '1.27' });

  test.each([
    ['a tag', `nginx:${tag}`, 'library/nginx', tag, undefined],
    ['a part of a tag', `nginx:1.${tag}-alpine`, 'library/nginx', `1.${tag}-alpine`, undefined],
    ['a tag below a port', `localhost:5000/app:${tag}`, 'app', tag, undefined],
    ['a digest', `nginx@${tag}`, 'library/nginx', undefined, tag],
    ['a tag and a digest', `nginx:${tag}@${tag}`, 'library/nginx', tag, tag],
  ])('pass as %s', (_where, written, repository, expectedTag, digest) => {
    const reference = ImageReference.parse(written);
    expect([reference.repository, reference.tag, reference.digest]).toEqual([repository, expectedTag, digest]);
  });

  test('a host made of tokens passes, as it stands', () => {
    const reference = ImageReference.parse(`${Aws.ACCOUNT_ID}.dkr.ecr.${Aws.REGION}.${Aws.URL_SUFFIX}/quay/app:1`);
    expect(reference.host).toBe(`${Aws.ACCOUNT_ID}.dkr.ecr.${Aws.REGION}.${Aws.URL_SUFFIX}`);
    expect([reference.repository, reference.tag]).toEqual(['quay/app', '1']);
  });

  test.each([
    ['whole', tag],
    ['with a tag behind it', `${tag}:1.27`],
    ['below a host', `ghcr.io/${tag}`],
    ['as a part of the repository', `ghcr.io/${tag}/app:1`],
    // Names of tokens may have colons of their own.
    ['of a resource', Token.asString({ resolve: () => 'x' }, { displayHint: 'A:B' })],
  ])('a reference that is a token %s is refused with the way out', (_what, written) => {
    expect(messageOf(() => ImageReference.parse(written))).toBe(
      'this image reference is a CDK token, so its host and repository cannot be told apart; ' +
        'to fix: name its parts: imageFromReference(ImageReference.fromParts({ host, repository, tag })) of the rule ' +
        'or of the cache [cdk-ecr-pull-through-cache:ImageReference.token]',
    );
  });

  test('every part may be one', () => {
    const reference = ImageReference.fromParts({ host: tag, repository: tag, tag, digest: tag });
    expect(`${reference}`).toBe(`${tag}/${tag}:${tag}@${tag}`);
  });

  test('a repository that is one is taken as it stands', () => {
    expect(ImageReference.fromParts({ repository: tag }).repository).toBe(tag);
  });
});

describe('fromParts', () => {
  test('normalises as parse does', () => {
    expect(`${ImageReference.fromParts({ repository: 'nginx' })}`).toBe('docker.io/library/nginx');
    expect(`${ImageReference.fromParts({ host: 'Index.Docker.IO', repository: 'nginx', tag: '1' })}`).toBe(
      'docker.io/library/nginx:1',
    );
    expect(`${ImageReference.fromParts({ host: 'GHCR.io', repository: 'a/b', digest: SHA512 })}`).toBe(
      `ghcr.io/a/b@${SHA512}`,
    );
  });

  test.each<[part: string, parts: any]>([
    ['host', { host: 'https://ghcr.io', repository: 'a' }],
    ['host', { host: '', repository: 'a' }],
    ['repository', {}],
    ['repository', undefined],
    ['repository', { repository: 'a:1' }],
    ['repository', { repository: '' }],
    ['tag', { repository: 'a', tag: '' }],
    ['tag', { repository: 'a', tag: 1 }],
    ['digest', { repository: 'a', digest: '' }],
  ])('fails for a wrong %s: %j', (part, parts) => {
    expect(messageOf(() => ImageReference.fromParts(parts))).toMatch(
      new RegExp(`^the ${part} of the image reference is not valid; (got .*|none given); allowed: .*; to fix: `),
    );
  });
});

// --- properties -------------------------------------------------------------------------------------------

type Parse = { host: string; repository: string; tag?: string; digest?: string } | 'invalid';

function ours(text: string): Parse {
  try {
    const { host, repository, tag, digest } = ImageReference.parse(text);
    return { host, repository, tag, digest };
  } catch (error) {
    expect((error as Error).name).toBe('PullThroughCacheError');
    return 'invalid';
  }
}

function theirs(text: string): Parse {
  try {
    const { domain, repository, tag, digest } = parseFamiliarName(hostAsWeReadIt(text));
    // The oracle lets upper case digits through, which opencontainers/go-digest, and so distribution, refuses.
    if (digest !== undefined && digest !== digest.toLowerCase()) {
      return 'invalid';
    }
    // A hole of distribution that the oracle has too: "g_hcr.io/a", whose host is none, is a path without any host.
    if (domain === '') {
      return 'invalid';
    }
    return { host: domain!, repository: repository!, tag, digest };
  } catch {
    return 'invalid';
  }
}

/**
 * What this library does with hosts and the oracle does not: hosts are one in any case, as they are for DNS and ECR,
 * and
 * the host that serves Docker Hub is Docker Hub.
 */
function hostAsWeReadIt(text: string): string {
  return text.replace(/^[^/]*[.:][^/]*(?=\/)|^localhost(?=\/)/, (host) =>
    host.toLowerCase().replace(/^(registry-1\.docker\.io|hub\.docker\.com)$/, 'docker.io'),
  );
}

describe('properties', () => {
  test('parsing what a reference is written as gives the same reference', () => {
    fc.assert(
      fc.property(references(10), (text) => {
        const reference = ImageReference.parse(text);
        const again = ImageReference.parse(reference.toString());
        expect(again).toEqual(reference);
        expect(again.toString()).toBe(reference.toString());
      }),
      runs(2000),
    );
  });

  test('a reference is the same from its parts', () => {
    fc.assert(
      fc.property(references(10), (text) => {
        const reference = ImageReference.parse(text);
        expect(ImageReference.fromParts(reference)).toEqual(reference);
      }),
      runs(1000),
    );
  });

  test('whatever is given, the answer is a reference or an error of this library', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), mutated(10)), (text) => {
        ours(text);
      }),
      runs(3000),
    );
  });

  // The oracle's regular expression takes exponential time on what it does not match, so what may be invalid is short.
  test('agrees with the oracle', () => {
    let valid = 0;
    let invalid = 0;
    fc.assert(
      fc.property(fc.oneof(references(10), mutated(2)), (text) => {
        const expected = theirs(text);
        expect(ours(text)).toEqual(expected);
        if (expected === 'invalid') {
          invalid++;
        } else {
          valid++;
        }
      }),
      runs(10_000),
    );
    // Agreement on one kind alone would say little.
    expect(valid).toBeGreaterThan(often(3000));
    expect(invalid).toBeGreaterThan(often(2000));
  }, 120_000);

  describe('differs from the oracle, on purpose, in', () => {
    test.each<[why: string, text: string, ours: Parse, theirs: Parse]>([
      [
        'the length: distribution has counted the path alone since v0.6, the oracle counts the host too',
        `ghcr.io/${'a'.repeat(255)}`,
        { host: 'ghcr.io', repository: 'a'.repeat(255), tag: undefined, digest: undefined },
        'invalid',
      ],
      [
        'addresses of IPv6: distribution has taken them since v2.8, the oracle does not',
        '[::1]/a',
        { host: '[::1]', repository: 'a', tag: undefined, digest: undefined },
        'invalid',
      ],
    ])('%s', (_why, text, our, their) => {
      expect(ours(text)).toEqual(our);
      expect(theirs(text)).toEqual(their);
    });
  });

  test('agrees with the oracle, unlike distribution since 2022, that an upper case first component is no host', () => {
    expect(ours('Foo/bar')).toBe('invalid');
    expect(theirs('Foo/bar')).toBe('invalid');
  });
});

function messageOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

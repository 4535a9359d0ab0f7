import { UpstreamCredentials } from '../../src';
import { exception, inlineCode, invoke, request, Service } from '../support/inline-code';
import { homeStack, makeRule, useCredentials } from '../support/util';

/** The very text of the template. */
const stack = homeStack();
makeRule(stack, 'Rule').prefetch('org/app:v1');
const code = inlineCode(stack);

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const [INDEX, AMD64, ARM64, ARM7, SIGNATURE] = ['0', '1', '2', '3', '4'].map(digest);
const child = (of: string, os: string, architecture: string, variant?: string) => ({
  digest: of,
  platform: { os, architecture, variant },
});
const MANIFESTS: Record<string, object> = {
  [INDEX]: {
    manifests: [
      child(AMD64, 'linux', 'amd64'),
      child(ARM64, 'linux', 'arm64', 'v8'),
      child(ARM7, 'linux', 'arm', 'v7'),
      child(SIGNATURE, 'unknown', 'unknown'),
    ],
  },
  [AMD64]: { layers: [] },
};

const PROPERTIES = {
  Reference: 'quay.io/org/app:v1',
  RegistryUri: 'registry',
  RepositoryName: 'quay/org/app',
  ImageTag: 'v1',
};

/** A registry with one tag, which lists what is complete. */
class Registry {
  public readonly complete = new Set<string>([INDEX, AMD64, ARM64, ARM7]);
  /** Answered, one after the other, before anything else. */
  public readonly refusals: unknown[] = [];
  public asked = 0;
  public onAsk?: (times: number) => unknown;

  constructor(public tag: string = INDEX) {}

  /** Bound, for it is handed over. */
  public get service(): Service {
    return (command, input) => this.answer(command, input);
  }

  private answer(command: string, input: any): unknown {
    expect(input.repositoryName).toBe('quay/org/app');
    const ids: { imageTag?: string; imageDigest?: string }[] = input.imageIds;
    if (command === 'BatchGetImage') {
      this.asked += 1;
      this.onAsk?.(this.asked);
      if (this.refusals.length > 0) {
        return this.refusals.length === 1 ? this.refusals[0] : this.refusals.shift();
      }
      return {
        images: ids.map(({ imageTag, imageDigest = this.tag }) => ({
          imageId: { imageTag, imageDigest },
          imageManifest: JSON.stringify(MANIFESTS[imageDigest] ?? {}),
        })),
      };
    }
    expect(command).toBe('DescribeImages');
    const wanted = ids[0].imageDigest ?? this.tag;
    return this.complete.has(wanted)
      ? { imageDetails: [{ imageDigest: wanted }] }
      : exception('ImageNotFoundException');
  }
}

const failure = (failureCode: string, failureReason = 'the reason of ECR') => ({
  images: [],
  failures: [{ failureCode, failureReason }],
});

function refusing(...refusals: unknown[]): Registry {
  const registry = new Registry();
  registry.refusals.push(...refusals);
  return registry;
}

const create = (registry: Registry, properties: object = {}) =>
  invoke(code, request('Create', { ...PROPERTIES, ...properties }), registry.service);

describe('an image', () => {
  test('with an index gives its digest, and those of platforms', async () => {
    const { answer, calls } = await create(new Registry(), {
      Platforms: ['linux/amd64', 'linux/arm64', 'linux/arm/v7'],
    });
    expect(answer).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: 'quay/org/app:v1',
      Data: {
        RegistryUri: 'registry',
        Digest: INDEX,
        'Digest.linux.amd64': AMD64,
        'Digest.linux.arm64': ARM64,
        'Digest.linux.arm.v7': ARM7,
      },
    });
    // The tag, and each image of the index but for the signature.
    expect(calls).toEqual(['BatchGetImage', ...Array(4).fill('DescribeImages')]);
  });

  test('without an index is that of every platform', async () => {
    const { answer } = await create(new Registry(AMD64), { Platforms: ['linux/arm64'] });
    expect(answer.Data).toEqual({ RegistryUri: 'registry', Digest: AMD64, 'Digest.linux.arm64': AMD64 });
  });

  test('that has nothing for a platform fails, with what it has', async () => {
    const { answer, seconds } = await create(new Registry(), { Platforms: ['windows/amd64'] });
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain('quay.io/org/app:v1 has nothing for the platform windows/amd64');
    expect(answer.Reason).toContain('it has linux/amd64, linux/arm64/v8, linux/arm/v7;');
    expect(seconds).toBeLessThan(5);
  });

  test('is waited for until all of it is listed, and asked for again meanwhile', async () => {
    const registry = new Registry();
    registry.complete.delete(INDEX);
    registry.complete.delete(ARM64);
    registry.onAsk = (times) => {
      if (times === 4) {
        registry.complete.add(ARM64);
      }
      if (times === 6) {
        registry.complete.add(INDEX);
      }
    };
    const { answer, seconds } = await create(registry);
    expect(answer.Status).toBe('SUCCESS');
    expect(registry.asked).toBe(6);
    expect(seconds).toBeGreaterThan(10);
  });

  test('of a tag that moved is waited for by its new digest', async () => {
    const registry = new Registry();
    const { service } = registry;
    let before = 2;
    const { answer, calls } = await invoke(code, request('Create', PROPERTIES), (command, input) =>
      command === 'DescribeImages' && input.imageIds[0].imageTag && before-- > 0
        ? { imageDetails: [{ imageDigest: digest('9') }] }
        : service(command, input),
    );
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { Digest: INDEX } });
    expect(calls.filter((call) => call === 'BatchGetImage')).toHaveLength(3);
  });

  test('that does not become complete in time fails, with what is missing', async () => {
    const registry = new Registry();
    registry.complete.delete(ARM64);
    const { answer, seconds } = await create(registry, { Timeout: '120' });
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(
      `quay.io/org/app:v1 is not complete after 120 s: ECR does not list 1 of its 4 parts (${ARM64})`,
    );
    expect(answer.Reason).toContain('to fix: deploy again');
    expect(seconds).toBe(120);
  });

  test('has the time of the function at most, and leaves some for the answer', async () => {
    const registry = new Registry();
    registry.complete.clear();
    const { seconds } = await create(registry, { Timeout: '3600' });
    expect(seconds).toBe(885);
  });
});

describe('a failure', () => {
  test.each([
    ['UpstreamAccessDenied', /check that the image exists and that everybody may pull it/],
    ['ImageInaccessible', /restore the image if a lifecycle rule has archived it/],
    ['ImageNotFound', /check that the upstream registry has this image with this tag.*role of the repository creation/],
  ])('%s may pass within a minute, and says then what to do', async (failureCode, advice) => {
    const { answer, seconds } = await create(refusing(failure(failureCode)));
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'never made' });
    expect(answer.Reason).toContain('the image quay.io/org/app:v1 cannot be cached in quay/org/app');
    expect(answer.Reason).toContain(`ECR says ${failureCode}: the reason of ECR`);
    expect(answer.Reason).toMatch(advice);
    expect(seconds).toBeGreaterThan(59);
    expect(seconds).toBeLessThan(90);

    const passing = refusing(failure(failureCode));
    passing.onAsk = (times) => times === 3 && passing.refusals.pop();
    expect((await create(passing)).answer.Status).toBe('SUCCESS');
  });

  test.each([
    ['UpstreamTooManyRequests', /limits how often/],
    ['UpstreamUnavailable', /when the upstream registry answers/],
  ])('%s is waited out as long as there is time', async (failureCode, advice) => {
    const { answer, seconds } = await create(refusing(failure(failureCode)), { Timeout: '300' });
    expect(answer.Reason).toMatch(advice);
    expect(seconds).toBeGreaterThan(295);
    expect(seconds).toBeLessThan(302);
  });

  test.each([
    ['AccessDeniedException', /no policy of the organization or registry denies/],
    ['RepositoryNotFoundException', /role of the repository creation template/],
    ['UnableToGetUpstreamImageException', /check that the image exists/],
  ])('that is the exception %s is told the same way', async (name, advice) => {
    const { answer } = await create(refusing(exception(name)));
    expect(answer.Reason).toContain(`ECR says ${name}: ${name} of the test`);
    expect(answer.Reason).toMatch(advice);
  });

  test.each([['ThrottlingException'], ['ServerException'], ['UpstreamTooManyRequests'], ['TimeoutError']])(
    '%s that passes fails nothing',
    async (name) => {
      const registry = refusing(exception(name));
      registry.onAsk = (times) => times === 15 && registry.refusals.pop();
      const { answer, seconds } = await create(registry);
      expect(answer.Status).toBe('SUCCESS');
      // It would not have passed by itself within the minute in which permissions settle.
      expect(seconds).toBeGreaterThan(60);
    },
  );

  test.each([
    ['InvalidParameterException', exception('InvalidParameterException')],
    ['KmsError', failure('KmsError')],
  ])('%s fails at once', async (name, refusal) => {
    const { answer, seconds } = await create(refusing(refusal));
    expect(answer.Reason).toContain(name);
    expect(seconds).toBeLessThan(2);
  });

  test('of a part shows when ECR denies it', async () => {
    const registry = new Registry();
    registry.complete.delete(ARM64);
    registry.onAsk = (times) => {
      if (times === 2) {
        registry.refusals.push({
          images: [],
          failures: [{ failureCode: 'UpstreamAccessDenied', failureReason: 'no' }],
        });
      }
    };
    const { answer, seconds } = await create(registry);
    expect(answer.Reason).toContain('UpstreamAccessDenied: no');
    expect(seconds).toBeLessThan(10);
  });

  test('is cut to what CloudFormation takes', async () => {
    const { answer } = await create(refusing(failure('KmsError', 'x'.repeat(10_000))));
    expect(answer.Reason).toHaveLength(2500);
  });
});

describe('a rule with a secret', () => {
  const denied = failure('UpstreamAccessDenied');
  const withSecret = (versions: object, generated: boolean) =>
    invoke(
      code,
      request('Create', {
        ...PROPERTIES,
        SecretId: 'arn:secret',
        ...(generated ? { SecretIsGenerated: 'true' } : {}),
      }),
      (command) => (command === 'DescribeSecret' ? { VersionIdsToStages: versions } : denied),
    );

  test('that nobody has filled in is told', async () => {
    const { answer } = await withSecret({ one: ['AWSCURRENT'] }, true);
    expect(answer.Reason).toContain('nobody has filled in the secret arn:secret yet');
  });

  test.each([
    ['that somebody has filled in', { one: ['AWSPREVIOUS'], two: ['AWSCURRENT'] }, true],
    ['of which one cannot know', { one: ['AWSCURRENT'] }, false],
  ])('%s has a token that does not do', async (_, versions, generated) => {
    const { answer, calls } = await withSecret(versions, generated);
    expect(answer.Reason).toContain('put a user name and an access token that are valid');
    expect(calls.includes('DescribeSecret')).toBe(generated);
  });

  test('is told even where it cannot be looked at', async () => {
    const { answer } = await invoke(
      code,
      request('Create', { ...PROPERTIES, SecretId: 'arn:secret', SecretIsGenerated: 'true' }),
      (command) => (command === 'DescribeSecret' ? exception('AccessDeniedException') : denied),
    );
    expect(answer.Reason).toContain('into the secret arn:secret');
  });
});

describe('a digest', () => {
  test.each([
    ['of the index', INDEX],
    ['of a platform', ARM64],
  ])('%s is what the tag has', async (_, ImageDigest) => {
    const { answer } = await create(new Registry(), { ImageDigest });
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { Digest: INDEX } });
  });

  test('that the tag no longer has fails, and says both', async () => {
    const registry = new Registry();
    registry.complete.add(digest('9'));
    const { answer, seconds } = await create(registry, { ImageDigest: digest('9') });
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(`is pinned to ${digest('9')}, and its tag v1 has the digest ${INDEX} now`);
    expect(seconds).toBeLessThan(2);
  });

  test('that is in the cache does not fail a deployment that is rolled back', async () => {
    const registry = new Registry();
    const properties = { ...PROPERTIES, ImageDigest: digest('9') };
    const refused = await invoke(code, request('Update', properties), registry.service);
    expect(refused.answer.Status).toBe('FAILED');
    expect(refused.answer.PhysicalResourceId).toBe('before');
    registry.complete.add(digest('9'));
    const { answer } = await invoke(code, request('Update', properties), registry.service);
    expect(answer.Status).toBe('SUCCESS');
  });
});

test('a deletion leaves the cache alone', async () => {
  const { answer, calls } = await invoke(code, request('Delete', PROPERTIES), () => exception('Never'));
  expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'before' });
  expect(calls).toEqual([]);
});

test('an image of a thousand parts is asked for in batches', async () => {
  const parts = Array.from({ length: 250 }, (_, index) => digest('5').slice(0, -4) + String(index).padStart(4, '0'));
  const sizes: number[] = [];
  await invoke(code, request('Create', { ...PROPERTIES, Timeout: '60' }), (command, { imageIds }) => {
    if (command === 'DescribeImages') {
      return exception('ImageNotFoundException');
    }
    sizes.push(imageIds.length);
    return {
      images: [
        {
          imageId: { imageDigest: INDEX },
          imageManifest: JSON.stringify({ manifests: parts.map((part) => child(part, 'linux', 'amd64')) }),
        },
      ],
    };
  });
  expect(sizes.slice(0, 4)).toEqual([1, 100, 100, 51]);
});

test('the code is the same in each stack', () => {
  const other = homeStack();
  useCredentials(other, UpstreamCredentials.fromSecretName('hub')).prefetch('nginx:1.27');
  expect(inlineCode(other)).toBe(code);
});

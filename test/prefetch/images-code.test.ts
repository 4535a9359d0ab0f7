import { UpstreamCredentials } from '../../src';
import { exception, inlineCode, invoke, request, Service } from '../support/inline-code';
import { homeStack, makeRule, useCredentials } from '../support/util';

/** The very text of the template. */
const stack = homeStack();
makeRule(stack, 'Rule').prefetch('org/app:v1');
const code = inlineCode(stack);

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const [INDEX, AMD64, ARM64, ARM7, SIGNATURE, MOVED] = ['0', '1', '2', '3', '4', '6'].map(digest);
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
  [ARM64]: { layers: [] },
  [MOVED]: { layers: [] },
};

const PROPERTIES = {
  Reference: 'quay.io/org/app:v1',
  RegistryUri: 'registry',
  RepositoryName: 'quay/org/app',
  ImageTag: 'v1',
};

/** A registry with one tag, which lists what is complete. */
class Registry {
  public readonly complete = new Set<string>([INDEX, AMD64, ARM64, ARM7, MOVED]);
  /** Answered, one after the other, before anything else. */
  public readonly refusals: unknown[] = [];
  public asked = 0;
  public manifests = MANIFESTS;
  /** That of the stack. */
  public status = 'UPDATE_IN_PROGRESS';
  public onAsk?: (times: number) => unknown;

  constructor(public tag: string = INDEX) {}

  /** Bound, for it is handed over. */
  public get service(): Service {
    return (command, input) => this.answer(command, input);
  }

  private answer(command: string, input: any): unknown {
    if (command === 'DescribeStacks') {
      expect(input).toEqual({ StackName: 'stack' });
      return { Stacks: [{ StackStatus: this.status }] };
    }
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
          imageManifest: JSON.stringify(this.manifests[imageDigest] ?? {}),
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

/** A registry whose index has these images. */
function withIndex(manifests: { digest: string; platform?: object | null }[]): Registry {
  const registry = new Registry();
  manifests.forEach((one) => registry.complete.add(one.digest));
  registry.manifests = { [INDEX]: { manifests } };
  return registry;
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

const update = (registry: Registry, properties: object, old: object = properties) =>
  invoke(
    code,
    request(
      'Update',
      { ...PROPERTIES, ...properties },
      { OldResourceProperties: { ServiceToken: 'function', ...PROPERTIES, ...old } },
    ),
    registry.service,
  );

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

  test.each([
    ['linux/amd64', digest('b')],
    ['linux/amd64/v3', digest('a')],
    ['linux/arm', ARM7],
  ])('is the plain one of %s before those of a variant', async (platform, expected) => {
    const { answer } = await create(
      withIndex([
        child(digest('a'), 'linux', 'amd64', 'v3'),
        child(digest('b'), 'linux', 'amd64'),
        child(ARM7, 'linux', 'arm', 'v7'),
      ]),
      { Platforms: [platform] },
    );
    expect(answer.Data![`Digest.${platform.replace(/\//g, '.')}`]).toBe(expected);
  });

  test('may have an index that names no platforms', async () => {
    const registry = () => withIndex([{ digest: digest('a') }, { digest: digest('b'), platform: null }]);
    expect((await create(registry())).answer.Data).toEqual({ RegistryUri: 'registry', Digest: INDEX });
    const { answer } = await create(registry(), { Platforms: ['linux/amd64'] });
    expect(answer.Reason).toContain(
      'has nothing for the platform linux/amd64; it has an image without a platform; to fix: ',
    );
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

  test('of a tag that moved is waited for by its new digest, also where ECR gives the image before again', async () => {
    const registry = new Registry();
    const { service } = registry;
    let before = 3;
    const { answer, calls } = await invoke(code, request('Create', PROPERTIES), (command, input) => {
      if (command === 'BatchGetImage') {
        registry.tag = registry.asked === 0 ? INDEX : MOVED;
      } else if (input.imageIds[0].imageTag) {
        registry.tag = before-- > 0 ? MOVED : INDEX;
      }
      return service(command, input);
    });
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { Digest: INDEX } });
    expect(calls.filter((call) => call === 'BatchGetImage')).toHaveLength(4);
  });

  test('of a tag that moves while it is waited for is the new one', async () => {
    const registry = new Registry();
    registry.complete.delete(INDEX);
    registry.onAsk = (times) => {
      if (times === 3) {
        registry.tag = MOVED;
      }
    };
    const { answer, seconds } = await create(registry, { Platforms: ['linux/amd64'] });
    expect(answer.Data).toEqual({ RegistryUri: 'registry', Digest: MOVED, 'Digest.linux.amd64': MOVED });
    expect(seconds).toBeLessThan(20);
  });

  test('that is pinned fails when its tag moves meanwhile', async () => {
    const registry = new Registry();
    registry.complete.delete(INDEX);
    registry.onAsk = (times) => {
      if (times === 3) {
        registry.tag = MOVED;
      }
    };
    const { answer } = await create(registry, { ImageDigest: INDEX });
    expect(answer.Reason).toContain(`its tag v1 has the digest ${MOVED} now`);
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
    expect(seconds).toBe(840);
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

  test('has its minute from when it is first denied', async () => {
    const registry = refusing(exception('ThrottlingException'));
    registry.onAsk = (times) => {
      if (times === 12) {
        registry.refusals.splice(0, 1, failure('UpstreamAccessDenied'));
      }
      if (times === 14) {
        registry.refusals.pop();
      }
    };
    const { answer, seconds } = await create(registry);
    expect(answer.Status).toBe('SUCCESS');
    expect(seconds).toBeGreaterThan(60);
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

  test.each([
    ['ThrottlingException', {}],
    ['ServerException', {}],
    ['UpstreamTooManyRequests', {}],
    ['TimeoutError', {}],
    ['an error without a name', { $metadata: { httpStatusCode: 502 } }],
    ['ECONNRESET', { code: 'ECONNRESET' }],
  ])('%s that passes fails nothing', async (name, more) => {
    const registry = refusing(Object.assign(exception(name), more));
    registry.onAsk = (times) => times === 15 && registry.refusals.pop();
    const { answer, seconds } = await create(registry);
    expect(answer.Status).toBe('SUCCESS');
    // It would not have passed by itself within the minute in which permissions settle.
    expect(seconds).toBeGreaterThan(60);
  });

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
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(4096);
    expect(answer.Reason!.length).toBeGreaterThan(2000);
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

  test('that nobody has filled in is told, also where Secrets Manager is busy', async () => {
    const busy = [exception('ThrottlingException'), exception('TimeoutError')];
    const { answer } = await invoke(
      code,
      request('Create', { ...PROPERTIES, SecretId: 'arn:secret', SecretIsGenerated: 'true' }),
      (command) =>
        command === 'DescribeSecret' ? (busy.pop() ?? { VersionIdsToStages: { one: ['AWSCURRENT'] } }) : denied,
    );
    expect(answer.Reason).toContain('nobody has filled in the secret arn:secret yet');
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
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { Digest: ImageDigest } });
  });

  test('that the tag no longer has fails, and says both', async () => {
    const registry = new Registry();
    registry.complete.add(digest('9'));
    const { answer, seconds } = await create(registry, { ImageDigest: digest('9') });
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(`is pinned to ${digest('9')}, and its tag v1 has the digest ${INDEX} now`);
    expect(seconds).toBeLessThan(2);
  });

  test.each([
    ['of the index', INDEX, { Digest: INDEX, 'Digest.linux.arm64': ARM64 }],
    ['of a platform', ARM64, { Digest: ARM64, 'Digest.linux.arm64': ARM64 }],
  ])('%s is what all attributes come from', async (_, ImageDigest, digests) => {
    const { answer } = await create(new Registry(), { ImageDigest, Platforms: ['linux/arm64'] });
    expect(answer.Data).toEqual({ RegistryUri: 'registry', ...digests });
  });

  test('of a platform is not that of another', async () => {
    const { answer, seconds } = await create(new Registry(), { ImageDigest: ARM64, Platforms: ['linux/amd64'] });
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(
      `is pinned to ${ARM64}, which is for linux/arm64/v8 and not for linux/amd64; to fix: pin it to ${INDEX}`,
    );
    expect(seconds).toBeLessThan(5);
  });

  test.each([
    ['the trigger', { Trigger: 'two' }, { Trigger: 'one' }],
    ['the pin', {}, { ImageDigest: undefined }],
  ])('that the tag no longer has fails an update of %s, also where it is cached', async (_, now, old) => {
    const registry = new Registry(MOVED);
    const { answer } = await update(registry, { ImageDigest: INDEX, ...now }, { ImageDigest: INDEX, ...old });
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'before' });
    expect(answer.Reason).toContain(`is pinned to ${INDEX}, and its tag v1 has the digest ${MOVED} now`);
  });

  test('stays what it is when the secret or the platforms change', async () => {
    const registry = new Registry(MOVED);
    const { answer } = await update(
      registry,
      { ImageDigest: INDEX, SecretId: 'new', Platforms: ['linux/arm64'], Timeout: '60' },
      { ImageDigest: INDEX, SecretId: 'old' },
    );
    expect(answer.Data).toEqual({ RegistryUri: 'registry', Digest: INDEX, 'Digest.linux.arm64': ARM64 });
  });

  test('of a platform is looked at again when another is asked for', async () => {
    const now = { ImageDigest: ARM64, Platforms: ['linux/amd64'] };
    const { answer } = await update(new Registry(), now, { ImageDigest: ARM64 });
    expect(answer.Reason).toContain('which is for linux/arm64/v8 and not for linux/amd64');
  });
});

describe('an update that means the same image', () => {
  const secrets = [{ SecretId: 'new' }, { SecretId: 'old' }] as const;

  test('asks for no tag, and reads what is cached', async () => {
    const asked: object[] = [];
    const { service } = new Registry();
    const { answer } = await invoke(
      code,
      request(
        'Update',
        { ...PROPERTIES, SecretId: 'new', Platforms: ['linux/amd64'] },
        { OldResourceProperties: { ...PROPERTIES, SecretId: 'old' } },
      ),
      (command, input) => {
        if (command === 'BatchGetImage') {
          asked.push(...input.imageIds);
        }
        return service(command, input);
      },
    );
    expect(answer.Data).toEqual({ RegistryUri: 'registry', Digest: INDEX, 'Digest.linux.amd64': AMD64 });
    expect(asked).toEqual([{ imageDigest: INDEX }]);
  });

  test.each([
    ['the image', INDEX],
    ['an image of its index', ARM64],
  ])('fetches it where %s is gone', async (_, gone) => {
    const registry = new Registry();
    registry.complete.delete(gone);
    registry.onAsk = (times) => times === 3 && registry.complete.add(gone);
    const { answer } = await update(registry, ...secrets);
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { Digest: INDEX } });
    expect(registry.asked).toBeGreaterThan(2);
  });

  test('fetches it where the repository is gone', async () => {
    const registry = new Registry();
    let isGone = true;
    const { answer, seconds } = await invoke(
      code,
      request('Update', PROPERTIES, { OldResourceProperties: PROPERTIES }),
      (command, input) => {
        if (command === 'DescribeImages' && isGone) {
          isGone = false;
          return exception('RepositoryNotFoundException');
        }
        return registry.service(command, input);
      },
    );
    expect(answer.Status).toBe('SUCCESS');
    expect(registry.asked).toBe(1);
    expect(seconds).toBeLessThan(5);
  });

  test('waits out what passes', async () => {
    const registry = new Registry();
    let throttled = 3;
    const { answer } = await invoke(
      code,
      request('Update', { ...PROPERTIES, ImageDigest: INDEX }, { OldResourceProperties: PROPERTIES }),
      (command, input) => (throttled-- > 0 ? exception('ThrottlingException') : registry.service(command, input)),
    );
    expect(answer.Status).toBe('SUCCESS');
  });

  test('is none where the trigger changes', async () => {
    const registry = new Registry(MOVED);
    const { answer } = await update(registry, { Trigger: 'two' }, { Trigger: 'one' });
    expect(answer.Data?.Digest).toBe(MOVED);
  });
});

describe('a rollback', () => {
  function rolledBack(registry: Registry): Registry {
    registry.status = 'UPDATE_ROLLBACK_IN_PROGRESS';
    return registry;
  }
  const TRIGGERS = [{ Trigger: 'one' }, { Trigger: 'two' }] as const;

  test('takes what is cached', async () => {
    const registry = rolledBack(new Registry());
    registry.complete.delete(ARM64);
    const { answer, seconds } = await update(registry, ...TRIGGERS);
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { Digest: INDEX } });
    expect(seconds).toBeLessThan(2);
  });

  test('keeps a digest that the tag no longer has', async () => {
    const registry = rolledBack(new Registry(MOVED));
    const { answer } = await update(registry, { ImageDigest: INDEX, Platforms: ['linux/amd64'] }, {});
    expect(answer.Data).toEqual({ RegistryUri: 'registry', Digest: INDEX, 'Digest.linux.amd64': AMD64 });
  });

  test('succeeds without what cannot be had', async () => {
    const denied = rolledBack(refusing(failure('UpstreamAccessDenied')));
    denied.complete.clear();
    const gone = await update(denied, { ...TRIGGERS[0], ImageDigest: INDEX }, TRIGGERS[1]);
    expect(gone.answer).toMatchObject({ Status: 'SUCCESS', Data: { RegistryUri: 'registry', Digest: INDEX } });
    const platforms = await update(rolledBack(new Registry()), { Platforms: ['windows/amd64', 'linux/amd64'] }, {});
    expect(platforms.answer.Data).toEqual({ RegistryUri: 'registry', Digest: INDEX, 'Digest.linux.amd64': AMD64 });
  });

  test('fetches what is gone, if it can', async () => {
    const registry = rolledBack(new Registry());
    registry.complete.delete(INDEX);
    registry.onAsk = (times) => times === 2 && registry.complete.add(INDEX);
    const { answer } = await update(registry, ...TRIGGERS);
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { Digest: INDEX } });
  });

  test('that cannot be known is none', async () => {
    const { answer } = await invoke(
      code,
      request('Update', { ...PROPERTIES, Trigger: 'one' }, { OldResourceProperties: PROPERTIES }),
      (command) => (command === 'DescribeStacks' ? exception('AccessDenied') : failure('KmsError')),
    );
    expect(answer.Status).toBe('FAILED');
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

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { NetworkMode, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { DockerImageFunction } from 'aws-cdk-lib/aws-lambda';
import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { ack, homeStack, openStack, refusal, warningsOf } from '../support/util';

const HOST = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
const directory = mkdtempSync(join(tmpdir(), 'build-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Writes a Dockerfile into a directory of its own. */
function write(dockerfile: string, file = 'Dockerfile'): string {
  const place = mkdtempSync(join(directory, 'app-'));
  mkdirSync(join(place, 'docker'));
  writeFileSync(join(place, file), dockerfile);
  return place;
}

function newCache(stack: Stack = homeStack(), id = 'Cache'): PullThroughCache {
  return new PullThroughCache(stack, id, {
    upstreams: [
      UpstreamRegistry.ecrPublic(),
      UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
      UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1' }),
    ],
  });
}

/** What the CLI is told to build: the assets of the app by their display names do not matter here. */
function assetsOf(stack: Stack): any[] {
  const assembly = (stack.node.root as App).synth();
  const manifest = JSON.parse(readFileSync(join(assembly.directory, `${stack.artifactId}.assets.json`), 'utf8'));
  return Object.values<any>(manifest.dockerImages).map(({ source }) => source);
}

const TWO_STAGES = [
  '# syntax=docker/dockerfile:1',
  'ARG VERSION=22',
  'FROM docker.io/library/node:${VERSION} AS build',
  'FROM public.ecr.aws/lambda/nodejs:22 AS runtime',
  'COPY --from=build /a /a',
  'COPY --from=busybox /b /b',
].join('\n');

describe('buildContexts', () => {
  const contexts = (dockerfile: string, options = {}, cache = newCache()) =>
    cache.buildContexts(write(dockerfile), options);

  test('name the images of a Dockerfile as it does, and what to pull for them', () => {
    expect(contexts(TWO_STAGES)).toEqual({
      'public.ecr.aws/lambda/nodejs:22': `docker-image://${HOST}/ecr-public/lambda/nodejs:22`,
      'docker.io/library/node:22': `docker-image://${HOST}/docker-hub/library/node:22`,
      busybox: `docker-image://${HOST}/docker-hub/library/busybox`,
    });
  });

  test.each([
    ['a target', { target: 'build' }, ['docker.io/library/node:22']],
    ['build arguments', { target: 'build', buildArgs: { VERSION: '24' } }, ['docker.io/library/node:24']],
    ['only some', { onlyImages: ['public.ecr.aws/*'] }, ['public.ecr.aws/lambda/nodejs:22']],
    ['not some', { excludeImages: ['docker.io/library/node'] }, ['public.ecr.aws/lambda/nodejs:22', 'busybox']],
  ])('are those of %s', (_, options, names) => {
    expect(Object.keys(contexts(TWO_STAGES, options))).toEqual(names);
  });

  test('of a Dockerfile that has another name', () => {
    const place = write('FROM node:22', 'docker/app.Dockerfile');
    expect(Object.keys(newCache().buildContexts(place, { file: 'docker/app.Dockerfile' }))).toEqual(['node:22']);
  });

  test('of a platform', () => {
    const dockerfile = 'FROM alpine:3 AS base-arm64\nFROM node:22 AS base-amd64\nFROM base-$TARGETARCH';
    expect(Object.keys(contexts(dockerfile, { platform: Platform.LINUX_ARM64 }))).toEqual(['alpine:3']);
    expect(Object.keys(contexts(dockerfile)).sort()).toEqual(['alpine:3', 'node:22']);
  });

  test('leave the contexts of the user to them', () => {
    const given = { 'docker.io/library/node:22': 'docker-image://mine', assets: '../assets', Local: './local' };
    const dockerfile = 'FROM node:22 AS a\nCOPY --from=assets x y\nCOPY --from=Local x y\nCOPY --from=redis:7 x y';
    const cache = newCache();
    expect(contexts(dockerfile, { buildContexts: given }, cache)).toEqual({
      ...given,
      'redis:7': `docker-image://${HOST}/docker-hub/library/redis:7`,
    });
    expect(warningsOf(cache.rules[0].stack)).toEqual([]);
  });

  test('leave alone what no rule covers and what is in ECR, and tell so', () => {
    const cache = newCache();
    const dockerfile = [
      'FROM ghcr.io/owner/app:v1 AS a',
      `FROM ${HOST}/docker-hub/library/node:22`,
      'COPY --from=a x y',
      'COPY --from=444455556666.dkr.ecr.us-east-1.amazonaws.com/app:1 x y',
    ].join('\n');
    expect(contexts(dockerfile, {}, cache)).toEqual({});
    const infos = Annotations.fromStack(cache.rules[0].stack).findInfo('*', Match.anyValue());
    expect(infos.map(({ entry }) => entry.data)).toEqual([
      expect.stringMatching(
        /Dockerfile: the image ghcr\.io\/owner\/app:v1 does not go through the cache: it has no rule/,
      ),
    ]);
  });

  test('have the URL suffix of the region', () => {
    const cache = newCache(
      new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'us-iso-east-1' } }),
    );
    expect(Object.values(contexts('FROM node:22', {}, cache))).toEqual([
      'docker-image://111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov/docker-hub/library/node:22',
    ]);
  });

  test.each([
    ['Dockerfile', {}, 'the Dockerfile cannot be read; got '],
    ['other', { file: 'none' }, 'give the directory that has it, and its name in file'],
  ])('fail without the file: %s', (file, options, message) => {
    const place = file === 'Dockerfile' ? join(directory, 'none') : write('FROM node:22');
    expect(refusal(() => newCache().buildContexts(place, options))).toContain(message);
  });

  test('fail for a stage that is not there', () => {
    expect(refusal(() => contexts(TWO_STAGES, { target: 'test' }))).toContain('allowed: build, runtime');
  });

  test.each([
    ['an open environment', openStack()],
    ['an open region', new Stack(new App(), 'Stack', { env: { account: '111122223333' } })],
  ])('fail in %s, if the cache has an image', (_, stack) => {
    const cache = newCache(stack);
    expect(contexts('FROM ghcr.io/owner/app:v1', {}, cache)).toEqual({});
    const said = refusal(() => contexts('FROM node:22', {}, cache));
    expect(said).toContain('the cache has the image node:22 is not known at synth, and builds take no tokens');
    expect(said).toContain('; to fix: give the stack of the cache an env with its account and region');
    expect(said).toContain('[at Stack/Cache]');
  });

  describe('warn of', () => {
    const warnings = (dockerfile: string, options = {}) => {
      const cache = newCache();
      const given = contexts(dockerfile, options, cache);
      return { given, warnings: warningsOf(cache.rules[0].stack) };
    };

    test('an image that is not known', () => {
      const { given, warnings: said } = warnings('FROM app:$TARGETARCH');
      expect(given).toEqual({});
      expect(said).toEqual([
        expect.stringMatching(/Dockerfile:1: which image app:\$TARGETARCH names is not known at synth/),
      ]);
      expect(said[0]).toContain(ack('CachedBuild.unknownImage'));
    });

    test('a name that is none', () => {
      expect(warnings('ARG TAG\nFROM node:$TAG').warnings).toEqual([
        expect.stringContaining('Dockerfile:2: which image node: names is not known at synth'),
      ]);
    });

    test('an argument without a value', () => {
      const { given, warnings: said } = warnings('ARG SLIM\nFROM node:22$SLIM');
      expect(Object.keys(given)).toEqual(['node:22']);
      expect(said).toEqual([expect.stringContaining('SLIM has no value, so that the image is taken to be node:22')]);
      expect(said[0]).toContain(ack('CachedBuild.unsetArgument'));
    });

    test.each(['node', 'docker.io/library/node:latest'])('a stage that has the name of its image: %s', (image) => {
      const { given, warnings: said } = warnings(`FROM ${image} AS Node\nFROM busybox:1\nCOPY --from=node x y`);
      expect(Object.keys(given)).toEqual(['busybox:1']);
      expect(said.filter((warning) => warning.includes('CachedBuild'))).toEqual([
        expect.stringContaining(`the image ${image} is pulled as it is, for a stage has the same name`),
      ]);
      expect(said.join()).toContain(ack('CachedBuild.stageName'));
    });

    test('the image of a # syntax directive, which no context replaces', () => {
      const dockerfile = '# syntax=docker/dockerfile:1 a=b\nFROM node:22';
      const { warnings: said } = warnings(dockerfile);
      expect(said).toEqual([expect.stringContaining(`BUILDKIT_SYNTAX=${HOST}/docker-hub/docker/dockerfile:1 a=b`)]);
      expect(said[0]).toContain(ack('CachedBuild.syntax'));
      expect(warnings(dockerfile, { buildArgs: { BUILDKIT_SYNTAX: 'x' } }).warnings).toEqual([]);
      expect(warnings(dockerfile, { excludeImages: ['docker.io/docker/*'] }).warnings).toEqual([]);
    });

    test('an image without a tag, as everywhere', () => {
      expect(warnings('FROM node').warnings).toEqual([expect.stringContaining('node')]);
    });
  });
});

describe('dockerBuild', () => {
  const SYNTAX = { BUILDKIT_SYNTAX: `${HOST}/docker-hub/docker/dockerfile:1` };

  test('tells what to give to docker build', () => {
    const build = newCache().dockerBuild(write(TWO_STAGES), { buildArgs: { VERSION: '24' }, target: 'build' });
    expect(build.buildContexts).toEqual({
      'docker.io/library/node:24': `docker-image://${HOST}/docker-hub/library/node:24`,
    });
    expect(build.buildArgs).toEqual({ ...SYNTAX, VERSION: '24' });
  });

  test('keeps a frontend that is given, and adds none for one that the cache does not have', () => {
    const given = { buildArgs: { BUILDKIT_SYNTAX: 'mine' } };
    expect(newCache().dockerBuild(write(TWO_STAGES), given).buildArgs).toEqual(given.buildArgs);
    expect(newCache().dockerBuild(write('# syntax=ghcr.io/a/b\nFROM node:22')).buildArgs).toEqual({});
  });

  test('makes an asset, with all that the options say', () => {
    const stack = homeStack();
    newCache(stack)
      .dockerBuild(write(TWO_STAGES), {
        target: 'build',
        platform: Platform.LINUX_ARM64,
        buildArgs: { VERSION: '24' },
        buildContexts: { assets: '../assets' },
        onlyImages: ['docker.io/*'],
      })
      .toDockerImageAsset(stack, 'Image');
    expect(assetsOf(stack)).toEqual([
      expect.objectContaining({
        dockerBuildTarget: 'build',
        platform: 'linux/arm64',
        dockerBuildArgs: { ...SYNTAX, VERSION: '24' },
        dockerBuildContexts: {
          'docker.io/library/node:24': `docker-image://${HOST}/docker-hub/library/node:24`,
          assets: '../assets',
        },
      }),
    ]);
  });

  test('makes one asset for a container and for a function', () => {
    const stack = homeStack();
    const build = newCache(stack).dockerBuild(write(TWO_STAGES));
    new FargateTaskDefinition(stack, 'Task').addContainer('app', { image: build.toContainerImage() });
    new DockerImageFunction(stack, 'Function', { code: build.toDockerImageCode({ cmd: ['app.handler'] }) });
    const assets = assetsOf(stack);
    expect(assets).toHaveLength(1);
    expect(assets[0].dockerBuildContexts).toEqual(build.buildContexts);
    const { Resources } = (stack.node.root as App).synth().getStackByName('Stack').template;
    expect(Object.values<any>(Resources).find(({ Type }) => Type === 'AWS::Lambda::Function').Properties).toMatchObject(
      {
        ImageConfig: { Command: ['app.handler'] },
        Code: {
          ImageUri: { 'Fn::Sub': expect.stringContaining('cdk-hnb659fds-container-assets-111122223333-eu-west-1') },
        },
      },
    );
  });

  test('builds an image for bundling at once', () => {
    const log = join(directory, 'docker.log');
    const docker = join(directory, 'docker');
    writeFileSync(docker, `#!/bin/sh\nprintf '%s\\n' "$@" > ${log}\n`);
    chmodSync(docker, 0o755);
    process.env.CDK_DOCKER = docker;
    try {
      newCache()
        .dockerBuild(write('FROM node:22 AS a\nFROM a AS b', 'docker/Dockerfile'), {
          file: 'docker/Dockerfile',
          target: 'a',
          platform: Platform.LINUX_AMD64,
          networkMode: NetworkMode.HOST,
        })
        .toBundlingImage();
    } finally {
      delete process.env.CDK_DOCKER;
    }
    expect(readFileSync(log, 'utf8').split('\n')).toEqual(
      expect.arrayContaining([
        '--build-context',
        `node:22=docker-image://${HOST}/docker-hub/library/node:22`,
        '--target',
        'a',
        '--network',
        'host',
        '--platform',
        'linux/amd64',
      ]),
    );
  });
});

describe('bundlingImage', () => {
  test('is the literal URI', () => {
    expect(newCache().bundlingImage('public.ecr.aws/sam/build-nodejs22.x:1').image).toBe(
      `${HOST}/ecr-public/sam/build-nodejs22.x:1`,
    );
  });

  test('fails where that is not known, or the cache has no rule', () => {
    expect(refusal(() => newCache(openStack()).bundlingImage('node:22'))).toContain('is not known at synth');
    expect(refusal(() => newCache().bundlingImage('ghcr.io/owner/app:v1'))).toContain('no rule for this registry');
  });
});

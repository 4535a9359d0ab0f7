import { mkdtempSync, writeFileSync } from 'fs';
import { join } from 'path';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { DockerImageAsset, DockerImageAssetOptions } from 'aws-cdk-lib/aws-ecr-assets';
import { CachedBuildOptions, PullThroughCache, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import { ACCOUNT, Mistake, REGION, Topic } from './mistake';
import { credentials } from './ours';
import { hubRule } from './plain';
import { workDirectory } from '../support/check';

const HOST = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;

/** A directory with a Dockerfile. */
export function directoryWith(dockerfile: string): string {
  const directory = mkdtempSync(join(workDirectory('dockerfiles'), 'app-'));
  writeFileSync(join(directory, 'Dockerfile'), dockerfile);
  return directory;
}

/** A cache of Docker Hub. */
export function hubCache(stack: Stack): PullThroughCache {
  return new PullThroughCache(stack, 'Cache', { upstreams: [UpstreamRegistry.dockerHub(credentials)] });
}

/** A rule and a build by CDK. */
const asset = (stack: Stack, dockerfile: string, options: DockerImageAssetOptions) => {
  hubRule(stack);
  new DockerImageAsset(stack, 'Image', { directory: directoryWith(dockerfile), ...options });
};

/** A build by CDK with build contexts, and the same Dockerfile by the library. */
const built = (
  mistake: string,
  dockerfile: string,
  buildContexts: DockerImageAssetOptions['buildContexts'],
  options: CachedBuildOptions = {},
): Mistake => ({
  mistake,
  plain: (stack) => asset(stack, dockerfile, { ...options, buildContexts }),
  ours: (stack) => hubCache(stack).dockerBuild(directoryWith(dockerfile), options).toDockerImageAsset(stack, 'Image'),
});

/** A build context under a wrong name, or of a wrong image, and what the library gives. */
const named = (mistake: string, dockerfile: string, context: string, uri: string, right: string): Mistake => ({
  mistake,
  plain: (stack) => asset(stack, dockerfile, { buildContexts: { [context]: `docker-image://${HOST}/${uri}` } }),
  instead: (stack) => {
    const contexts = hubCache(stack).buildContexts(directoryWith(dockerfile));
    new CfnOutput(stack, 'Contexts', { value: JSON.stringify(contexts) });
  },
  gives: `\`${right}\``,
  check: (template: Template) => {
    const [name, path] = right.split('=');
    template.hasOutput('Contexts', { Value: JSON.stringify({ [name]: `docker-image://${HOST}/${path}` }) });
  },
});

const NODE = { 'node:22': `docker-image://${HOST}/docker-hub/library/node:22` };

export const BUILDS: Topic = {
  title: 'Docker builds',
  file: 'builds.ts',
  mistakes: [
    named(
      'a build context without the tag of the `FROM`, which replaces nothing',
      'FROM node:22',
      'node',
      'docker-hub/library/node:22',
      'node:22=docker-hub/library/node:22',
    ),
    named(
      'a build context with another tag than the `FROM`, by its default argument',
      'ARG VERSION=24\nFROM node:${VERSION}',
      'node:22',
      'docker-hub/library/node:22',
      'node:24=docker-hub/library/node:24',
    ),
    named(
      'a build context of an official image without `library/`',
      'FROM node:22',
      'node:22',
      'docker-hub/node:22',
      'node:22=docker-hub/library/node:22',
    ),
    named(
      'no build context for a `COPY --from`',
      'FROM scratch\nCOPY --from=busybox:1 /bin/busybox /',
      'node:22',
      'docker-hub/library/node:22',
      'busybox:1=docker-hub/library/busybox:1',
    ),
    built('a stage that has the name of its image, and is replaced by the build context', 'FROM node AS node', {
      node: `docker-image://${HOST}/docker-hub/library/node`,
    }),
    built('an argument without a value in a `FROM`', 'ARG TAG\nFROM node:${TAG}', NODE),
    built('an argument that may be empty in a `FROM`', 'ARG SUFFIX\nFROM node:22${SUFFIX}', NODE),
    built('an image by the architecture of whoever builds', 'FROM node:22-$TARGETARCH', NODE),
    built('a target that the Dockerfile does not have', 'FROM node:22 AS build', NODE, { target: 'test' }),
    built('a Dockerfile that is not there', 'FROM node:22', NODE, { file: 'app.Dockerfile' }),
    {
      mistake: 'a frontend by `# syntax`, for which there is no build context',
      plain: (stack) => asset(stack, '# syntax=docker/dockerfile:1\nFROM node:22', { buildContexts: NODE }),
      ours: (stack) => hubCache(stack).buildContexts(directoryWith('# syntax=docker/dockerfile:1\nFROM node:22')),
    },
    {
      mistake: 'a build in a stack whose account and region are left open',
      plain: (_, app) => {
        const stack = new Stack(app, 'Open');
        const host = `${stack.account}.dkr.ecr.${stack.region}.${stack.urlSuffix}`;
        asset(stack, 'FROM node:22', {
          buildContexts: { 'node:22': `docker-image://${host}/docker-hub/library/node:22` },
        });
      },
      ours: (_, app) => {
        const stack = new Stack(app, 'Open');
        hubCache(stack).dockerBuild(directoryWith('FROM node:22')).toDockerImageAsset(stack, 'Image');
      },
    },
    {
      mistake: 'a credentials file that names no role',
      plain: (stack) => {
        hubRule(stack);
        new CfnOutput(stack, 'File', { value: `{"version":"1.0","domainCredentials":{"${HOST}":{}}}` });
      },
      ours: (stack) => hubCache(stack).dockerCredentialsFile('File', {}),
    },
    {
      mistake: 'a build by a role that may not pull through the cache',
      plain: (stack) => asset(stack, 'FROM node:22', { buildContexts: NODE }),
      ours: (stack) => hubCache(stack).dockerBuild(directoryWith('FROM node:22')).toDockerImageAsset(stack, 'Image'),
      unseen: 'who builds is not in the app',
    },
  ],
};

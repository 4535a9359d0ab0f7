import { CfnOutput, Stack } from 'aws-cdk-lib';
import { BuildSpec, LinuxBuildImage, Project } from 'aws-cdk-lib/aws-codebuild';
import { PipelineType } from 'aws-cdk-lib/aws-codepipeline';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { DockerImageFunction } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { CodePipeline, CodePipelineSource, ShellStep } from 'aws-cdk-lib/pipelines';
import type { CachedBuildOptions } from 'cdk-ecr-pull-through-cache';
import { directoryWith, hubCache } from './builds';
import { ACCOUNT, REGION, SetUp } from './mistake';

/** A container whose image is built through the cache. */
const container = (setUp: string, dockerfile: string, options: CachedBuildOptions = {}): SetUp => ({
  setUp,
  build: (stack) =>
    new FargateTaskDefinition(stack, 'Task').addContainer('app', {
      image: hubCache(stack).dockerBuild(directoryWith(dockerfile), options).toContainerImage(),
    }),
});

/** Builds that are right. */
export const CORRECT_BUILDS: SetUp[] = [
  container(
    'a container whose image is built through the cache',
    'FROM node:22 AS build\nFROM alpine:3\nCOPY --from=build /a /a',
  ),
  container('a build of which the cache has nothing', 'FROM ghcr.io/owner/app:v1'),
  container('a build from nothing', 'FROM scratch\nCOPY . /'),
  container('a build of a platform, whose stages are named by it', 'FROM alpine:3 AS for-arm64\nFROM for-$TARGETARCH', {
    platform: Platform.LINUX_ARM64,
  }),
  container('a build with a frontend and a build argument', '# syntax=docker/dockerfile:1\nARG TAG\nFROM node:${TAG}', {
    buildArgs: { TAG: '22' },
  }),
  container('a build with a build context of its own', 'FROM node:22\nCOPY --from=assets a b', {
    buildContexts: { assets: '.' },
  }),
  {
    setUp: 'a function whose image is built through the cache',
    build: (stack) =>
      new DockerImageFunction(stack, 'Function', {
        code: hubCache(stack)
          .dockerBuild(directoryWith('FROM amazon/aws-lambda-nodejs:22'))
          .toDockerImageCode({ cmd: ['app.handler'] }),
      }),
  },
  {
    setUp: 'a pipeline that builds through the cache',
    build: (stack) =>
      new CodePipeline(stack, 'Pipeline', {
        pipelineType: PipelineType.V2,
        synth: new ShellStep('Synth', {
          input: CodePipelineSource.s3(Bucket.fromBucketName(stack, 'Source', 'source-of-the-app'), 'app.zip'),
          commands: ['npx cdk synth'],
        }),
        dockerCredentials: hubCache(stack).dockerCredentials(),
      }).buildPipeline(),
  },
  {
    setUp: 'a project of CodeBuild that signs in',
    build: (stack) => {
      const cache = hubCache(stack);
      const project = new Project(stack, 'Build', {
        environment: { buildImage: LinuxBuildImage.STANDARD_7_0, privileged: true },
        buildSpec: BuildSpec.fromObject({ version: '0.2', phases: { build: { commands: cache.dockerLoginCommands } } }),
      });
      cache.grants.pull(project);
    },
  },
  {
    setUp: 'a credentials file with a role of its own, in a stack that is open',
    build: (_, app) => {
      hubCache(new Stack(app, 'Open')).dockerCredentialsFile('File', { assumedBy: new AccountPrincipal(ACCOUNT) });
    },
  },
  {
    setUp: 'the role that publishes images may pull',
    build: (stack) => {
      const role = `cdk-hnb659fds-image-publishing-role-${ACCOUNT}-${REGION}`;
      hubCache(stack).grants.pull(Role.fromRoleName(stack, 'Publisher', role));
    },
  },
  {
    setUp: 'an image for bundling',
    build: (stack) => new CfnOutput(stack, 'Image', { value: hubCache(stack).bundlingImage('node:22').image }),
  },
];

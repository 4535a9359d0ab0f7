import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { CodePipeline, CodePipelineSource, ShellStep } from 'aws-cdk-lib/pipelines';
import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { Principal } from '../support/simulate';
import { ACCOUNT, HOME, REGION } from '../support/util';

const HOST = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
const directory = mkdtempSync(join(tmpdir(), 'pipeline-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A pipeline that deploys an image which is built through the cache. */
function template(): any {
  writeFileSync(join(directory, 'Dockerfile'), 'FROM node:22\n');
  const app = new App();
  const stack = new Stack(app, 'Pipeline', { env: HOME });
  const cache = new PullThroughCache(stack, 'Cache', {
    upstreams: [UpstreamRegistry.quay(), UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub'))],
  });
  const pipeline = new CodePipeline(stack, 'Pipeline', {
    synth: new ShellStep('Synth', {
      input: CodePipelineSource.s3(Bucket.fromBucketName(stack, 'Source', 'source'), 'app.zip'),
      commands: ['npx cdk synth'],
    }),
    dockerCredentials: cache.dockerCredentials(),
    dockerEnabledForSynth: true,
    dockerEnabledForSelfMutation: true,
  });
  const stage = new Stage(app, 'Production', { env: HOME });
  cache.dockerBuild(directory).toDockerImageAsset(new Stack(stage, 'Service'), 'Image');
  pipeline.addStage(stage);
  return Template.fromStack(stack).toJSON();
}

describe('a pipeline', () => {
  const pipeline = template();
  const projects = Object.entries<any>(pipeline.Resources).filter(([, { Type }]) => Type === 'AWS::CodeBuild::Project');
  const project = (name: RegExp) => projects.find(([id]) => name.test(id))![1].Properties;

  test.each([
    ['synth', /Synth/],
    ['self-update', /SelfMutation/],
    ['asset publishing', /AssetsDocker/],
  ])('lets its %s pull, first pulls included, and nothing else of the registry', async (_, name) => {
    const role = Principal.of(pipeline, project(name).ServiceRole['Fn::GetAtt'][0], {
      account: ACCOUNT,
      region: REGION,
    });
    const arnOf = (repository: string) => `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${repository}`;
    for (const action of [
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:BatchImportUpstreamImage',
      'ecr:CreateRepository',
      'ecr:GetDownloadUrlForLayer',
    ]) {
      expect(await role.may(action, arnOf('docker-hub/library/node'))).toBe('Allowed');
      expect(await role.may(action, arnOf('quay/a/b'))).toBe('Allowed');
      expect(await role.may(action, arnOf('team/app'))).toBe('ImplicitlyDenied');
    }
    expect(await role.may('ecr:GetAuthorizationToken', '*')).toBe('Allowed');
    expect(await role.may('ecr:PutImage', arnOf('docker-hub/library/node'))).toBe('ImplicitlyDenied');
  });

  test.each([
    ['synth', /Synth/],
    ['self-update', /SelfMutation/],
    ['asset publishing', /AssetsDocker/],
  ])('writes the credentials file for its %s', (_, name) => {
    const spec = project(name).Source.BuildSpec;
    const text = typeof spec === 'string' ? spec : JSON.stringify(spec);
    const [, content] = /echo '(\{.*?\})' > \$HOME\/\.cdk\/cdk-docker-creds\.json/.exec(text.replace(/\\+"/g, '"'))!;
    expect(JSON.parse(content)).toEqual({ version: '1.0', domainCredentials: { [HOST]: { ecrRepository: true } } });
  });
});

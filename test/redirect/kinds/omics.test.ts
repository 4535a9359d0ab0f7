import { Aws, CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from '../../../src';
import { lines, newCache, newStack, resources } from '../../support/redirect';

const SERVICE = 'omics.amazonaws.com';

const workflow = (stack: Stack, properties: any = {}, type = 'AWS::Omics::Workflow') =>
  new CfnResource(stack, 'Workflow', { type, properties: { Name: 'workflow', ...properties } });

const mappings = (stack: Stack, type = 'AWS::Omics::Workflow') =>
  resources(stack, type).Workflow.ContainerRegistryMap?.RegistryMappings;

test.each(['AWS::Omics::Workflow', 'AWS::Omics::WorkflowVersion'])('%s gets the prefix of each registry', (type) => {
  const stack = newStack();
  workflow(stack, {}, type);
  const redirection = newCache(stack).redirect(stack);
  expect(mappings(stack, type)).toEqual([
    { UpstreamRegistryUrl: 'public.ecr.aws', EcrRepositoryPrefix: 'ecr-public' },
    { UpstreamRegistryUrl: 'registry.k8s.io', EcrRepositoryPrefix: 'kubernetes' },
    { UpstreamRegistryUrl: 'quay.io', EcrRepositoryPrefix: 'quay' },
    { UpstreamRegistryUrl: 'registry-1.docker.io', EcrRepositoryPrefix: 'docker-hub' },
    { UpstreamRegistryUrl: 'ghcr.io', EcrRepositoryPrefix: 'github' },
  ]);
  expect(lines(redirection)).toContain('ContainerRegistryMap.RegistryMappings: quay.io/* -> CACHE/quay/*');
});

test('HealthOmics is let in by the registry policy and by each template, once', () => {
  const stack = newStack();
  workflow(stack);
  new CfnResource(stack, 'Other', { type: 'AWS::Omics::Workflow', properties: {} });
  newCache(stack).redirect(stack);
  const template = Template.fromStack(stack).toJSON();
  const of = (type: string) => Object.values<any>(template.Resources).filter(({ Type }) => Type === type);
  const [policy] = of('AWS::ECR::RegistryPolicy');
  const statements = policy.Properties.PolicyText.Statement;
  expect(JSON.stringify(statements).split(SERVICE)).toHaveLength(2);
  expect(statements[0].Action).toEqual(['ecr:BatchGetImage', 'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository']);
  const templates = of('AWS::ECR::RepositoryCreationTemplate');
  expect(templates.map(({ Properties }) => Properties.Prefix).sort()).toEqual(
    ['ecr-public', 'kubernetes', 'quay', 'docker-hub', 'github'].sort(),
  );
  templates.forEach(({ Properties }) => expect(JSON.stringify(Properties.RepositoryPolicy)).toContain(SERVICE));
});

test('mappings that the workflow has stay, and only other registries are added', () => {
  const stack = newStack();
  const own = { UpstreamRegistryUrl: 'quay.io', EcrRepositoryPrefix: 'mine', EcrAccountId: '444455556666' };
  const ImageMappings = [{ SourceImage: 'a', DestinationImage: 'b' }];
  workflow(stack, { ContainerRegistryMap: { RegistryMappings: [own], ImageMappings } });
  newCache(stack).redirect(stack);
  expect(mappings(stack)[0]).toEqual(own);
  expect(mappings(stack).filter(({ UpstreamRegistryUrl }: any) => UpstreamRegistryUrl === 'quay.io')).toEqual([own]);
  expect(mappings(stack)).toHaveLength(5);
  expect(resources(stack, 'AWS::Omics::Workflow').Workflow.ContainerRegistryMap.ImageMappings).toEqual(ImageMappings);
});

test('a map in S3 stays, and that is told', () => {
  const stack = newStack();
  workflow(stack, { ContainerRegistryMapUri: 's3://bucket/map.json' });
  const redirection = newCache(stack).redirect(stack);
  expect(resources(stack, 'AWS::Omics::Workflow').Workflow).toEqual({
    Name: 'workflow',
    ContainerRegistryMapUri: 's3://bucket/map.json',
  });
  expect(redirection.report[0].reason).toMatch(/registry map in S3/);
  expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain(SERVICE);
});

test('a part of a registry is mapped as one; Chainguard is not', () => {
  const stack = newStack();
  workflow(stack);
  const cache = new PullThroughCache(stack, 'Cache', {
    upstreams: [UpstreamRegistry.chainguard(UpstreamCredentials.fromSecretName('chainguard'))],
    rules: [
      { upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: 'bio', upstreamRepositoryPrefix: 'biocontainers' },
      { upstream: UpstreamRegistry.azure('labs', UpstreamCredentials.fromSecretName('azure')) },
    ],
  });
  cache.redirect(stack);
  expect(mappings(stack)).toEqual([
    { UpstreamRegistryUrl: 'quay.io', EcrRepositoryPrefix: 'bio', UpstreamRepositoryPrefix: 'biocontainers' },
    { UpstreamRegistryUrl: 'labs.azurecr.io', EcrRepositoryPrefix: 'azure' },
  ]);
});

test.each(['ContainerRegistryMap', 'ContainerRegistryMapUri'])('a %s without a value is none', (property) => {
  const stack = newStack();
  workflow(stack, { [property]: Aws.NO_VALUE });
  newCache(stack).redirect(stack);
  expect(mappings(stack)).toHaveLength(5);
});

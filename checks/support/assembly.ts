import { existsSync, readFileSync } from 'fs';
import { join } from 'path';
import { intrinsicOf, renderIntrinsic, renderText } from '../../src/core/cloudformation-text';

/** The template of a stack, and where the stack is. */
export interface SynthesizedStack {
  readonly name: string;
  /** Account and region, as in `111122223333/eu-west-1`. */
  readonly environment: string;
  readonly region: string;
  readonly template: Template;
  /** The images that CDK builds for it. */
  readonly builds: Build[];
  /** What CDK noted about its constructs: warnings, errors, information. */
  readonly notes: { type: string; data?: unknown }[];
}

/** An image that CDK builds, as its manifest of assets has it. */
interface Build {
  readonly displayName: string;
  readonly source: { readonly dockerBuildContexts?: Record<string, string> };
}

interface Template {
  readonly Resources?: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
  readonly Outputs?: Record<string, { Value: unknown; Description?: string }>;
}

/** The stacks of a cloud assembly, by the names of their artifacts. */
export function readStacks(assembly: string): SynthesizedStack[] {
  const read = (file: string) => JSON.parse(readFileSync(join(assembly, file), 'utf8'));
  const manifest = read('manifest.json');
  return Object.entries<any>(manifest.artifacts)
    .filter(([, artifact]) => artifact.type === 'aws:cloudformation:stack')
    .map(([name, artifact]) => {
      const metadata = artifact.additionalMetadataFile
        ? read(artifact.additionalMetadataFile)
        : (artifact.metadata ?? {});
      const assets = artifact.properties.templateFile.replace('.template.json', '.assets.json');
      return {
        name,
        environment: artifact.environment.replace('aws://', ''),
        region: artifact.environment.split('/').pop(),
        template: read(artifact.properties.templateFile),
        builds: Object.values<Build>(existsSync(join(assembly, assets)) ? (read(assets).dockerImages ?? {}) : {}),
        notes: Object.values<any>(metadata).flat(),
      };
    });
}

/** Rules of CloudFormation, and those that a function of the stack keeps. */
const RULES = ['AWS::ECR::PullThroughCacheRule', 'Custom::PullThroughCacheRule'];

/** A rule as the template has it. */
export interface SynthesizedRule {
  readonly prefix: string;
  readonly upstream: string;
  readonly upstreamUrl: string;
  readonly authentication: string;
  /** The URI of an image of the rule, from the outputs of its stack. */
  readonly exampleImage: string;
}

/** The rules of a stack, in the order of their prefixes. */
export function rulesOf(stack: SynthesizedStack): SynthesizedRule[] {
  const images = Object.values(stack.template.Outputs ?? {}).map(({ Value }) => textOf(stack, Value));
  const resources = stack.template.Resources ?? {};
  return Object.values(resources)
    .filter(({ Type }) => RULES.includes(Type))
    .map(({ Properties: rule = {} }) => ({
      prefix: textOf(stack, rule.EcrRepositoryPrefix),
      upstream: textOf(stack, rule.UpstreamRegistry),
      upstreamUrl: textOf(stack, rule.UpstreamRegistryUrl),
      authentication: authenticationOf(resources, rule),
      exampleImage:
        images.find((uri) => uri.split('/').slice(1).join('/').startsWith(`${rule.EcrRepositoryPrefix}/`)) ?? '',
    }))
    .sort((a, b) => a.prefix.localeCompare(b.prefix));
}

/** An image of ECR that a resource names, or that an image is built of. */
export interface SynthesizedImage {
  readonly image: string;
  readonly namedBy: string;
}

const OF_ECR = /\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/(?!cdk-)[\w./@:-]+/g;

/** The images of ECR in the resources of a stack, but for those that CDK builds. */
export function imagesOf(stack: SynthesizedStack): SynthesizedImage[] {
  const resources = Object.entries(stack.template.Resources ?? {});
  const named = resources.flatMap(([logicalId, { Type, Properties }]) =>
    [...new Set(imagesIn(stack, Properties))].map((image) => ({
      image,
      namedBy: `${Type} ${logicalId}`,
    })),
  );
  return [...named, ...stack.builds.flatMap(contextsOf)];
}

function imagesIn(stack: SynthesizedStack, properties: Record<string, unknown> = {}): string[] {
  // That which the function of a prefetched image has in the cache is named in parts.
  const { RegistryUri, RepositoryName, ImageTag } = properties;
  const prefetched =
    RegistryUri && RepositoryName ? [`${textOf(stack, RegistryUri)}/${RepositoryName}:${ImageTag}`] : [];
  return [...prefetched, ...textsOf(stack, properties).flatMap((text) => text.match(OF_ECR) ?? [])];
}

const contextsOf = ({ displayName, source }: Build): SynthesizedImage[] =>
  Object.entries(source.dockerBuildContexts ?? {}).map(([name, image]) => ({
    image: image.replace('docker-image://', ''),
    namedBy: `the build of ${displayName}, for ${name}`,
  }));

/** The outputs of a stack that hold something to be read. */
export function outputsOf(stack: SynthesizedStack): [string, string][] {
  return Object.entries(stack.template.Outputs ?? {})
    .filter(([name]) => !name.startsWith('ExportsOutput'))
    .map(([name, { Value }]) => [name, textOf(stack, Value)]);
}

/** All texts below a value. */
function textsOf(stack: SynthesizedStack, value: unknown): string[] {
  if (typeof value !== 'object' || value === null || intrinsicOf(value)) {
    return value === null ? [] : [textOf(stack, value)];
  }
  return Object.values(value).flatMap((item) => textsOf(stack, item));
}

function authenticationOf(resources: NonNullable<Template['Resources']>, rule: Record<string, unknown>): string {
  if (rule.CustomRoleArn !== undefined) {
    return 'role';
  }
  if (rule.CredentialArn === undefined) {
    return 'none';
  }
  const secret = resources[(rule.CredentialArn as { Ref?: string }).Ref ?? '']?.Properties;
  if (secret === undefined) {
    return 'secret, existing';
  }
  return secret.GenerateSecretString ? 'secret, placeholder' : 'secret, new';
}

/** A value of the template as CloudFormation would put it into text. */
function textOf({ region }: SynthesizedStack, value: unknown): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return renderText(value, (intrinsic) =>
    intrinsic.argument === 'AWS::URLSuffix' ? suffix : JSON.stringify(renderIntrinsic(intrinsic)),
  );
}

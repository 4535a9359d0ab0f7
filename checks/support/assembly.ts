import { readFileSync } from 'fs';
import { join } from 'path';
import { renderIntrinsic, renderText } from '../../src/core/cloudformation-text';

/** The template of a stack, and where the stack is. */
export interface SynthesizedStack {
  readonly name: string;
  /** Account and region, as in `111122223333/eu-west-1`. */
  readonly environment: string;
  readonly region: string;
  readonly template: Template;
  /** What CDK noted about its constructs: warnings, errors, information. */
  readonly notes: { type: string; data?: unknown }[];
}

interface Template {
  readonly Resources?: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
  readonly Outputs?: Record<string, { Value: unknown }>;
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
      return {
        name,
        environment: artifact.environment.replace('aws://', ''),
        region: artifact.environment.split('/').pop(),
        template: read(artifact.properties.templateFile),
        notes: Object.values<any>(metadata).flat(),
      };
    });
}

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
    .filter(({ Type }) => Type === 'AWS::ECR::PullThroughCacheRule')
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

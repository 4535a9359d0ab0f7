import { fail } from '../support/run';

/** The types of the API by what people look for; the first of each is where to begin. */
const CONTENTS: Record<string, { about: string; types: string[] }> = {
  Rules: {
    about: 'all registries of an account and region together, and single rules',
    types: [
      'PullThroughCache',
      'PullThroughCacheProps',
      'PullThroughCacheAttributes',
      'IPullThroughCache',
      'PullThroughCacheRule',
      'PullThroughCacheRuleProps',
      'PullThroughCacheRuleAttributes',
      'IPullThroughCacheRule',
      'UpstreamRegistry',
      'EcrUpstreamOptions',
    ],
  },
  Images: {
    about: 'what is pulled instead of an image',
    types: ['CachedImage', 'CachedImageOptions', 'ImageReference', 'ImageReferenceParts'],
  },
  Credentials: {
    about: 'the secrets with which ECR signs in',
    types: ['UpstreamCredentials', 'NewSecretOptions', 'PlaceholderOptions', 'UpstreamSecretOptions'],
  },
  Templates: {
    about: 'the repositories that pulls create',
    types: [
      'RepositoryCreationTemplate',
      'RepositoryCreationTemplateOptions',
      'RepositoryCreationTemplateProps',
      'IRepositoryCreationTemplate',
      'RepositoryTemplateUse',
      'RepositoryLifecycleRule',
      'LifecycleSelection',
    ],
  },
  Permissions: {
    about: 'who may pull, and other accounts',
    types: [
      'PullThroughCacheGrants',
      'PullThroughCacheRuleGrants',
      'RegistryPolicy',
      'RegistryPolicyProps',
      'IRegistryPolicy',
      'OrganizationalUnitPrincipal',
    ],
  },
  Redirection: {
    about: 'images that others declare',
    types: ['Redirection', 'RedirectOptions', 'RedirectedImage'],
  },
  Builds: {
    about: 'Dockerfiles, pipelines, bundling',
    types: [
      'CachedBuild',
      'CachedBuildOptions',
      'CachedFunctionOptions',
      'BuildContextsOptions',
      'DockerCredentialsFile',
      'DockerCredentialsFileProps',
    ],
  },
  Admission: {
    about: 'images inside a cluster',
    types: [
      'AdmissionPolicy',
      'AdmissionPolicyOptions',
      'AdmissionEngine',
      'AdmissionNamespaces',
      'AdmissionReport',
      'AdmissionFailurePolicy',
    ],
  },
  Prefetching: {
    about: 'images that are there before, functions of AWS Lambda, tokens that work',
    types: [
      'PrefetchedImage',
      'PrefetchOptions',
      'LambdaCodeOptions',
      'VerifyCredentialsOptions',
      'WatchCredentialsOptions',
      'CredentialsWatch',
    ],
  },
};

/** Puts a table of contents at the top of what jsii-docgen wrote, in which every type is once. */
export function withContents(reference: string): string {
  const known = Object.values(CONTENTS).flatMap(({ types }) => types);
  const documented = [...reference.matchAll(/^### (\w+) <a /gm)].map(([, name]) => name);
  const missing = documented.filter((name) => !known.includes(name));
  const gone = known.filter((name, index) => !documented.includes(name) || known.indexOf(name) !== index);
  if (missing.length > 0 || gone.length > 0) {
    fail(`CONTENTS of checks/package/contents.ts lacks ${missing.join(', ')}; too much is ${gone.join(', ')}`);
  }

  const link = (name: string) => `[${name}](#cdk-ecr-pull-through-cache.${name})`;
  const rows = Object.entries(CONTENTS).map(
    ([
      title,
      {
        about,
        types: [first, ...others],
      },
    ]) => `| **${title}**: ${about} | ${[`**${link(first)}**`, ...others.map(link)].join(', ')} |`,
  );
  const contents = [
    'By what you look for; begin with what is bold. Tasks, with programs, are in [docs](docs/README.md).',
    '',
    '| | types |',
    '|---|---|',
    ...rows,
    '',
  ].join('\n');
  return reference.replace(/^(# API Reference .*\n\n)/, (title) => `${title}${contents}\n`);
}

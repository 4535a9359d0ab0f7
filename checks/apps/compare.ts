import type { Assembly, Template } from './assembly';
import { cached } from './expected';
import { findImages, OCI, Place } from './images';
import { Json, leaves } from './plain';
import type { RedirectedImage } from '../../src';

/** What became of one image, or of something else that should have stayed as it was. */
export interface Finding {
  readonly verdict: Verdict;
  readonly where: string;
  readonly what: string;
}

/** `missed` is in silence: the image could go through the cache, does not, and nobody is told. */
export type Verdict = (typeof RIGHT)[number] | (typeof FAILURES)[number];
export const RIGHT = ['redirected', 'left and reported', 'of no rule', 'in ECR or unknown'] as const;
export const FAILURES = ['missed', 'wrong', 'without permission', 'other change', 'crash'] as const;

/** What the redirections of an app reported, by the environments of their caches. */
export type Reports = Record<string, RedirectedImage[]>;

const PULL_ACTIONS = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:CreateRepository',
  'ecr:GetAuthorizationToken',
  'ecr:GetDownloadUrlForLayer',
];

/** Compares an app with the same app redirected. */
export function compare(before: Assembly, after: Assembly, reports: Reports): Finding[] {
  const others = new Map(after.templates.map((template) => [template.name, template]));
  return before.templates.flatMap((template) => {
    const other = others.get(template.name);
    if (!other) {
      return [{ verdict: 'other change' as const, where: template.name, what: 'the stack is gone' }];
    }
    const places = findImages(template.tree);
    return [
      ...places.map((place) => judge(place, template, other, after, reports)),
      ...otherChanges(template, other, places),
    ];
  });
}

function judge(place: Place, before: Template, after: Template, all: Assembly, reports: Reports): Finding {
  const { image, resource, type } = place;
  const properties = place.leaves.map((leaf) => leaf.replace(/^Resources > \w+ > Properties > /, ''));
  const where = `${before.name} ${type} ${resource} ${properties.join(' + ')}`;
  const found = (verdict: Verdict, what = image): Finding => ({ verdict, where, what });
  const values = leaves(after.tree);
  const now = place.leaves
    .map((leaf) => values.get(leaf))
    .join('/')
    .replace(OCI, '');
  const { account, region } = before.environment;
  const expected = place.isFragment ? undefined : cached(image, account, region);

  if (now !== image) {
    if (now !== expected) {
      return found('wrong', `${image} became ${now}${expected ? `, and not ${expected}` : ''}`);
    }
    const repository = now.slice(now.indexOf('/') + 1).replace(/[:@].*/, '');
    return mayPull(place, after, all, repository) ? found('redirected') : found('without permission');
  }
  if (image.includes('${') || image.includes('.dkr.') || image.startsWith('aws/codebuild/')) {
    return found('in ECR or unknown');
  }
  if (!place.isFragment && expected === undefined) {
    return found('of no rule');
  }
  const reason = reasonFor(before, resource, image, all, reports);
  return reason === undefined ? found('missed') : found('left and reported', `${image}: ${reason}`);
}

/** What the report of the environment's redirection, or a warning that the CLI prints, says of an image left alone. */
function reasonFor(
  { tree, place }: Template,
  resource: string,
  image: string,
  { notes }: Assembly,
  reports: Reports,
): string | undefined {
  const path: string = tree.Resources[resource].Metadata?.['aws:cdk:path'] ?? '';
  const entry = (reports[place] ?? []).find(
    (one) => one.constructPath === path && one.reason !== undefined && [image, '(token)'].includes(one.image),
  );
  const warning = notes.find(
    (note) =>
      note.level === 'warning' &&
      note.text.includes('cdk-ecr-pull-through-cache') &&
      (note.text.includes(image) || `/${path}/`.startsWith(`${note.path}/`)),
  );
  return entry?.reason ?? warning?.text;
}

/** Whether a policy lets the role that pulls do so for the first time; where the role is elsewhere, any role. */
function mayPull({ resource, type }: Place, after: Template, all: Assembly, repository: string): boolean {
  const properties = after.tree.Resources[resource].Properties;
  const role =
    type === 'AWS::ECS::TaskDefinition'
      ? properties.ExecutionRoleArn
      : type === 'AWS::CodeBuild::Project'
        ? properties.ServiceRole
        : type === 'AWS::SageMaker::Model'
          ? properties.ExecutionRoleArn
          : undefined;
  const local = /^\$\{(\w+)\.Arn\}$/.exec(role ?? '')?.[1];
  const isLocal = local !== undefined && after.tree.Resources[local] !== undefined;
  return (isLocal ? [after] : all.templates)
    .flatMap(({ tree }) => Object.values<Json>(tree.Resources ?? {}))
    .filter(({ Type }) => ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].includes(Type))
    .filter(({ Properties }) => !isLocal || Properties.Roles?.includes(`\${${local}}`))
    .flatMap(({ Properties }) => Object.keys(Properties.PolicyDocument.Statement ?? {}))
    .some((statement) => covers(statement, repository));
}

function covers(statement: string, repository: string): boolean {
  const resource = /^Allow ecr:BatchImportUpstreamImage "[^"]*:repository\/([^"]*)"/.exec(statement)?.[1];
  return (
    resource !== undefined && new RegExp(`^${resource.replace(/[.+]/g, '\\$&').replace(/\*/g, '.*')}$`).test(repository)
  );
}

/** Whatever differs beside the images, and is none of what a redirection has to do. */
function otherChanges(before: Template, after: Template, places: Place[]): Finding[] {
  const [old, now] = [leaves(before.tree), leaves(after.tree)];
  const judged = new Set(places.flatMap((place) => place.leaves));
  const paths = [...new Set([...old.keys(), ...now.keys()])].filter((path) => old.get(path) !== now.get(path));
  const unexplained = paths.filter(
    (path) => !judged.has(path) && !isExpected(path, !old.has(path), before.tree, after.tree),
  );
  return unexplained.map((path) => ({
    verdict: 'other change',
    where: `${before.name} ${path}`,
    what: `${short(old.get(path))} -> ${short(now.get(path))}`,
  }));
}

const short = (value: Json) => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200));

function isExpected(path: string, isNew: boolean, before: Json, after: Json): boolean {
  const [section, id, part, ...rest] = path.split(' > ');
  if (section !== 'Resources') {
    return false;
  }
  const { Type: type, Properties: properties } = after.Resources[id] ?? {};
  const last = rest[rest.length - 1] ?? part;
  if (part === 'DependsOn') {
    return isNew;
  }
  // The execution role that a task had done without.
  if (!before.Resources?.[id] && type === 'AWS::IAM::Role') {
    return JSON.stringify(properties).includes('ecs-tasks.amazonaws.com');
  }
  const statement = /Statement > (Allow (\S+) .*)$/.exec(path);
  if (statement) {
    return isNew && PULL_ACTIONS.includes(statement[2]);
  }
  if (!before.Resources?.[id]) {
    return /^AWS::IAM::(Managed)?Policy$/.test(type);
  }
  if (part === 'Properties' && type === 'AWS::ECS::TaskDefinition' && rest[0] === 'ExecutionRoleArn') {
    return isNew;
  }
  if (type === 'AWS::CodeBuild::Project' && last === 'ImagePullCredentialsType') {
    return true;
  }
  // The hash of a nested template stands in its URL.
  return type === 'AWS::CloudFormation::Stack' && (rest[0] === 'TemplateURL' || last === 'aws:asset:path');
}

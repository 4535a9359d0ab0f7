import { readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { ACKNOWLEDGED, Acknowledgement } from './acknowledged';
import { readStacks } from '../support/assembly';
import { cfnLint } from '../support/cfn-lint';
import { check, step, workDirectory } from '../support/check';
import { installLibrary } from '../support/library';
import { attempt, CHECKS, exampleNames, fail, run, STRICT_VALIDATION, synthesizeExample } from '../support/run';

/** For apps that no CLI runs. */
const STRICT = { CDK_CONTEXT_JSON: JSON.stringify(STRICT_VALIDATION) };

interface Template {
  /** The stack, and of which version of an app: unlike any other. */
  readonly name: string;
  readonly file: string;
}

interface Finding {
  readonly finding: string;
  /** Stack and logical id. */
  readonly at: string;
  readonly message: string;
}

/** What each of the three has to refuse. */
const WRONG = {
  Rule: {
    Type: 'AWS::ECR::PullThroughCacheRule',
    Properties: { EcrRepositoryPrefix: 'Upper-Case', UpstreamRegistryUrl: 'quay.io' },
  },
};
const WRONG_APP = `
  const { App, Stack, cloudformation_include } = require('aws-cdk-lib');
  const app = new App();
  new cloudformation_include.CfnInclude(new Stack(app, 'Wrong'), 'Template', { templateFile: process.argv[1] });
  app.synth();
`;
const ALL_MAY_IMPORT = {
  Sid: 'All',
  Effect: 'Allow',
  Principal: '*',
  Action: 'ecr:BatchImportUpstreamImage',
  Resource: '*',
};
const OPEN_TO_ALL = {
  Policy: {
    Type: 'AWS::ECR::RegistryPolicy',
    Properties: { PolicyText: { Version: '2012-10-17', Statement: [ALL_MAY_IMPORT] } },
  },
};

/** CDK's validation, cfn-lint and cdk-nag look at the stacks of all examples, and of the apps of the other steps. */
step(async () => {
  installLibrary();
  installLibrary(CHECKS);
  const wrong = attempt(process.execPath, ['-e', WRONG_APP, newTemplate('Wrong', WRONG).file], {
    cwd: CHECKS,
    env: STRICT,
  });
  check(
    "CDK's validation refuses what is wrong",
    wrong.status !== 0 && wrong.said.includes('EcrRepositoryPrefix'),
    wrong.said,
  );
  check('cfn-lint finds what is wrong', lint([newTemplate('Wrong', WRONG)]).length > 0);
  check(
    'cdk-nag finds what is wrong',
    nag([newTemplate('OpenToAll', OPEN_TO_ALL)]).some(({ finding }) => finding === 'AwsSolutions-ECR1'),
  );

  const templates = [
    ...exampleNames().flatMap(templatesOfExample),
    ...templatesOfPull(),
    ...templatesOfVersions('updates'),
    ...templatesOfVersions('in-place'),
  ];
  check(`CDK's validation passes ${templates.length} templates`, templates.length > exampleNames().length);
  const linted = lint(templates);
  const nagged = nag(templates);
  const all = [...linted, ...nagged];
  const unknown = all.filter((found) => !ACKNOWLEDGED.some((known) => isAbout(known, found)));
  check('each finding has a reason to stay', unknown.length === 0, unknown);
  const idle = ACKNOWLEDGED.filter((known) => !all.some((found) => isAbout(known, found)));
  check(
    'each reason to stay is the reason of a finding',
    idle.length === 0,
    idle.map(({ reason }) => reason),
  );
  return (
    `${templates.length} templates pass CDK's validation; ${linted.length} findings of cfn-lint ` +
    `and ${nagged.length} of cdk-nag have a reason to stay`
  );
});

function isAbout(known: Acknowledgement, found: Finding): boolean {
  return known.finding.test(found.finding) && known.at.test(found.at);
}

/** Synthesized by the CLI, with the settings of the example, which are strict. */
function templatesOfExample(name: string): Template[] {
  const assembly = workDirectory(`example-${name}`);
  synthesizeExample(name, ['--output', assembly]);
  return templatesOf(assembly);
}

function templatesOfPull(): Template[] {
  const assembly = workDirectory('pull');
  run('tsx', ['apps/pull.ts', assembly], { cwd: CHECKS, env: STRICT });
  return templatesOf(assembly);
}

/** Of an app that changes. */
function templatesOfVersions(app: string): Template[] {
  const assemblies = workDirectory(app);
  run('tsx', [`apps/${app}.ts`, assemblies], { cwd: CHECKS, env: STRICT });
  return readdirSync(assemblies)
    .sort()
    .flatMap((version) =>
      templatesOf(join(assemblies, version)).map(({ name, file }) => ({ name: `${name}-${version}`, file })),
    );
}

function templatesOf(assembly: string): Template[] {
  return readStacks(assembly).map(({ name }) => ({ name, file: join(assembly, `${name}.template.json`) }));
}

function newTemplate(name: string, Resources: object): Template {
  const file = join(workDirectory('wrong'), `${name}.template.json`);
  writeFileSync(file, JSON.stringify({ Resources }));
  return { name, file };
}

function lint(templates: Template[]): Finding[] {
  const findings = cfnLint(
    templates.map(({ file }) => file),
    ['eu-west-1'],
  );
  return templates.flatMap(({ name, file }) =>
    findings.get(file)!.map(({ id, message, path }) => ({ finding: id, at: `${name}/${path.split('/')[1]}`, message })),
  );
}

function nag(templates: Template[]): Finding[] {
  const assembly = workDirectory('nag');
  // Findings end its synthesis as errors.
  const { said } = attempt(
    'tsx',
    ['validators/nag.ts', assembly, ...templates.map(({ name, file }) => `${name}=${file}`)],
    {
      cwd: CHECKS,
      env: { CDK_VALIDATION: 'false' },
    },
  );
  const report = JSON.parse(readFileSync(join(assembly, 'validation-report.json'), 'utf8'));
  const pack = report.pluginReports.find(({ pluginName }: any) => pluginName === 'AwsSolutions') ?? fail(said);
  return pack.violations.flatMap(({ ruleName, description, violatingConstructs }: any) =>
    violatingConstructs.map(({ constructPath }: any) => ({
      finding: ruleName,
      at: constructPath.replace('/Template/', '/'),
      message: description,
    })),
  );
}

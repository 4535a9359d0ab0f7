import { readFileSync } from 'fs';
import { awscdk, github, javascript, JsonPatch, release } from 'projen';

const repository = 'cdk-ecr-pull-through-cache/cdk-ecr-pull-through-cache';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-ecr-pull-through-cache',
  description:
    'AWS CDK constructs for Amazon ECR pull through cache: typed rules for every upstream, their credentials, ' +
    'and permissions with which the first pull succeeds',
  author: 'cdk-ecr-pull-through-cache contributors',
  authorAddress: `https://github.com/${repository}`,
  authorOrganization: true,
  repositoryUrl: `https://github.com/${repository}.git`,
  license: 'Apache-2.0',
  stability: 'experimental',
  // projen adds the "cdk" by which Construct Hub finds construct libraries.
  keywords: [
    'aws',
    'cdk',
    'aws-cdk',
    'awscdk',
    'ecr',
    'pull-through-cache',
    'container-registry',
    'docker-hub',
    'ghcr',
    'quay',
    'eks',
    'ecs',
  ],
  defaultReleaseBranch: 'main',
  packageManager: javascript.NodePackageManager.NPM,
  projenrcTs: true,
  // Experimental until 1.0: a breaking change is a minor version.
  majorVersion: 0,

  // docs/decisions.md says why it is this aws-cdk-lib; constructs are those that it was released with.
  // The unit tests run here; a dev dependency above the peer floor would make jsii warn (JSII6).
  cdkVersion: '2.248.0',
  constructsVersion: '10.5.0',
  // The oldest release of Node.js with long-term support.
  minNodeVersion: '22.0.0',
  jsiiVersion: '~6.0.16',
  typescriptVersion: '~6.0.3',

  // One configuration for whatever is not published: eslint, jest and editors read it.
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    include: ['src/**/*.ts', 'test/**/*.ts', 'examples/**/*.ts', 'checks/**/*.ts', 'projenrc/**/*.ts', '.projenrc.ts'],
    exclude: ['**/node_modules', '**/cdk.out'],
    compilerOptions: {
      // jest only transpiles: all types are checked once, by tsc.
      isolatedModules: true,
      // Examples import the library by its name. Types of aws-cdk-lib come from one copy, whether or not
      // examples/node_modules, which holds the newest, is there.
      paths: {
        'cdk-ecr-pull-through-cache': ['./src/index.ts'],
        'aws-cdk-lib': ['./node_modules/aws-cdk-lib'],
        'aws-cdk-lib/*': ['./node_modules/aws-cdk-lib/*'],
        constructs: ['./node_modules/constructs'],
      },
    },
  },
  // The sources are not published, and inlined they would be half of the package.
  tsconfig: { compilerOptions: { inlineSourceMap: false, inlineSources: false } },
  prettier: true,
  prettierOptions: { settings: { printWidth: 120, singleQuote: true } },
  eslintOptions: {
    prettier: true,
    dirs: ['src'],
    devdirs: ['test', 'examples', 'checks'],
    tsconfigPath: './tsconfig.dev.json',
    // The project service looks for files named tsconfig.json only.
    projectService: false,
    commandOptions: {
      // A check reports. To repair: npx projen eslint --fix
      fix: false,
      // Of what has not changed, it knows the answer.
      extraArgs: ['--cache', '--cache-strategy=content', '--cache-location=node_modules/.cache/eslint/'],
    },
  },
  jestOptions: {
    jestVersion: '^30',
    passWithNoTests: false,
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    coverageText: false,
    jestConfig: {
      // Only the tests of the library itself: the examples and the checks with real tools have commands of their own.
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/slow/'],
      // CDK leaves each app that a test synthesizes in the directory for temporary files.
      globalSetup: '<rootDir>/test/support/temporary-files.ts',
      globalTeardown: '<rootDir>/test/support/temporary-files-removed.ts',
      // jest would leave a core to itself, which does little.
      maxWorkers: '100%',
      // npm run test:deep collects it: it makes the tests a good deal slower.
      collectCoverage: false,
      coverageReporters: ['lcov', 'text-summary'],
    },
  },
  // Uncompressed, the description of the API would be half of what is installed.
  compressAssembly: true,
  lambdaAutoDiscover: false,
  edgeLambdaAutoDiscover: false,
  singletonLambdaAutoDiscover: false,
  integrationTestAutoDiscover: false,

  devDeps: [
    '@types/node@^22',
    // The CLI's newest tag, 3.0.0, is a stray build that cannot read what a current aws-cdk-lib writes.
    'aws-cdk@^2.1148.1',
    // All resource types of CloudFormation, for the check that looks for new places of images.
    '@aws-cdk/aws-service-spec@^0.1.216',
    // Says which file of src imports which, types included.
    'dependency-cruiser@^18.7.2',
    'fast-check@^4.10.2',
    // Says whether the policies that are synthesized allow a pull. AGPL: never more than a dev dependency.
    '@cloud-copilot/iam-simulate@^0.1.173',
    // The oracle of the tests of ImageReference.
    '@swimlane/docker-reference@^2.0.1',
    // The last that run with the constructs of the floor, or with its aws-cdk-lib.
    'cdk-nag@~2.37.55',
    '@aws-cdk/aws-apprunner-alpha@2.207.0-alpha.0',
    '@aws-cdk/aws-sagemaker-alpha@2.159.1-alpha.0',
    // Reads charts and manifests of others, which are test data.
    'yaml@^2.9.0',
    // Reads what jsii says of the library and of CDK, for checks/dotnet.
    '@jsii/spec@^1.134.0',
    // Says where the comments of generated C# code are not XML. Other parsers let a stray & pass, or entities of HTML.
    'sax@^1.6.1',
    '@types/sax',
    // Runs the TypeScript of examples and checks, which import the library by its name.
    'tsx',
  ],

  // A release is what somebody asks for, and its version is that of the newest entry of the changelog.
  releaseTrigger: release.ReleaseTrigger.workflowDispatch(),
  nextVersionCommand: "sed -n 's/^## \\[\\([0-9][0-9.]*\\)\\].*/\\1/p' CHANGELOG.md | head -n 1",
  // What changed in the API since the last release. A change that breaks users fails once the package is stable;
  // until then it is reported. The first release has nothing to compare with.
  postBuildSteps: [{ name: 'Compare the API with the last release', run: 'npx projen compat' }],
  // The release that jsii 6 and the actions below were tried with.
  workflowNodeVersion: '24',
  jsiiReleaseVersion: '0.2.1061',
  buildWorkflowOptions: {
    // A build changes nothing in the repository: .ci/run fails instead, and says what to run.
    mutableBuild: false,
    permissions: { contents: github.workflows.JobPermission.READ },
  },
  // It runs with the rights of the repository on the pull requests of strangers, and nothing here depends on titles.
  githubOptions: { pullRequestLint: false, mergify: false },

  // The registries know the release workflow, so that no token for them is kept. npm and PyPI get the provenance of
  // what is published with it; Maven Central and the repository of the Go module ask for secrets.
  npmTrustedPublishing: true,
  npmProvenance: true,
  publishToPypi: {
    distName: 'cdk-ecr-pull-through-cache',
    module: 'cdk_ecr_pull_through_cache',
    trustedPublishing: true,
    attestations: true,
  },
  publishToMaven: {
    javaPackage: 'io.github.cdkecrpullthroughcache',
    mavenGroupId: 'io.github.cdk-ecr-pull-through-cache',
    mavenArtifactId: 'cdk-ecr-pull-through-cache',
  },
  publishToNuget: {
    dotNetNamespace: 'CdkEcrPullThroughCache',
    packageId: 'CdkEcrPullThroughCache',
    trustedPublishing: true,
  },
  publishToGo: { moduleName: `github.com/${repository}-go`, packageName: 'cdkecrpullthroughcache' },
});

// Some registries lack the prebuilt bindings of 1.13.0, so that `npm ci` fails on a fresh lock file.
project.package.addPackageResolutions('unrs-resolver@1.12.2');

// The Go module asks for the packages of aws-cdk-lib in the versions that are installed here, or later ones. Those that
// the floor was released with ask no more than the floor does.
project.package.file.addOverride('overrides.@aws-cdk/asset-node-proxy-agent-v6', '2.1.1');
project.package.file.addOverride('overrides.@aws-cdk/cloud-assembly-schema', '53.0.0');

// Nothing of what is installed has to run a script of its own: their binaries are packages.
project.package.file.addOverride(
  'allowScripts',
  Object.fromEntries(['@parcel/watcher', 'esbuild', 'unrs-resolver'].map((name) => [name, false])),
);

// A lock file that installs from whichever registry is configured.
project.npmrc.addConfig('omit-lockfile-registry-resolved', 'true');

// projen adds a pattern that would take in what is built.
project.tsconfigDev.removeInclude('**/*.ts');

// Only what a user needs is published; `npm pack --dry-run` lists it.
for (const path of [
  '/.ci/',
  '/checks/',
  '/docs/',
  '/examples/',
  '/projenrc/',
  '/rosetta/',
  '/.compatignore',
  '/.npmrc',
  '/API.md',
  '/CONTRIBUTING.md',
  '/SECURITY.md',
  '/tsconfig.dev.json',
]) {
  project.npmignore?.exclude(path);
}
project.gitignore.exclude(
  '.jsii.gz',
  'cdk.out/',
  '__pycache__/',
  '.venv/',
  '*.tabl.json',
  '/checks/bench/results.json',
);
// What the tools of other languages build of the twins. The go.sum would have the checksum of a release that is still
// to come.
project.gitignore.exclude(
  '/examples/*/java/target/',
  '/examples/*/csharp/bin/',
  '/examples/*/csharp/obj/',
  '/examples/*/go/go.sum',
);
project.npmignore?.exclude('*.tabl.json', '*.tgz');

// The examples and the checks are packages of their own: eslint would look for the library, which they import by its
// name, in its dependencies.
project.eslint?.addOverride({
  files: ['examples/**/*.ts', 'checks/**/*.ts'],
  rules: { 'import/no-extraneous-dependencies': 'off' },
});

// Modules of aws-cdk-lib that only some users need are loaded where they are used.
project.eslint?.addRules({ '@typescript-eslint/no-require-imports': 'off' });
project.eslint?.addRules({ 'max-len': ['error', { code: 120, ignoreUrls: true, ignoreRegExpLiterals: true }] });

// From nothing: what an earlier one has made of its files is not what the next begins with.
project.compileTask.prependExec('node -e "fs.rmSync(\'lib\', { recursive: true, force: true })"');
// Whoever imports the library loads what they use of it, and downloads what somebody reads.
project.compileTask.exec('tsx checks/package/lighten.ts');
// The code of the functions as it stands in templates: the files that the tests run, to the byte. After the step
// before, which would rewrite it.
project.compileTask.exec(`node -e "fs.cpSync('src/provider/code', 'lib/provider/code', { recursive: true })"`);

// Some tests load the compiled package, as its users do.
project.testTask.prependExec(
  'tsc --noEmit --isolatedModules false -p tsconfig.dev.json ' +
    '--incremental --tsBuildInfoFile node_modules/.cache/tsc.json',
  { name: 'Check the types of tests, examples and checks' },
);
project.testTask.prependSpawn(project.compileTask);
project.addTask('test:deep', {
  description:
    'Runs the tests with properties tried ten times as often, those of test/slow too, and collects the coverage',
  env: { TEST_DEEP: 'true' },
  steps: [
    { spawn: 'compile' },
    { exec: 'jest --ci --coverage --testPathIgnorePatterns=/node_modules/', receiveArgs: true },
  ],
});

// jsii-docgen would read the newest aws-cdk-lib of the examples, where that is installed.
project.tasks.tryFind('docgen')?.reset('tsx checks/package/docgen.ts');

project.addTask('quickstart', {
  description: 'Builds the library, synthesizes examples/quickstart with it and prints what was made',
  steps: [{ spawn: 'compile' }, { exec: 'tsx checks/examples/synthesize.ts quickstart' }],
});
project.addTask('compare-templates', {
  description:
    'Compares the templates of all examples and scenarios with those of another commit: ' +
    'npm run compare-templates -- <commit>',
  exec: 'tsx checks/compare-templates/main.ts',
  receiveArgs: true,
});
project.addTask('example', {
  description:
    'Builds the library and synthesizes one example with it, or several: npm run example -- <name>, or -- --all',
  steps: [{ spawn: 'compile' }, { exec: 'tsx checks/examples/synthesize.ts', receiveArgs: true }],
});
project.addTask('check', {
  description: 'Lists the checks of checks/table.ts, or runs those that are named: npm run check -- <name>...',
  exec: 'tsx checks/main.ts',
  receiveArgs: true,
});
project.addTask('pictures', {
  description: 'Draws the pictures of the docs, whose sources are in checks/pictures',
  exec: 'tsx checks/pictures/main.ts',
});
project.addTask('mistakes', {
  description: 'Builds the library, makes every mistake that is known, and writes into docs/mistakes.md who sees it',
  steps: [{ spawn: 'compile' }, { exec: 'tsx checks/mistakes/main.ts', receiveArgs: true }],
});
project.addTask('bench', {
  description:
    'Builds the library and measures it against its peers: all rows of checks/bench, or those that are named; ' +
    'with --quick, whether they run',
  steps: [{ spawn: 'compile' }, { exec: 'tsx checks/bench/main.ts', receiveArgs: true }],
});
const rosetta = project.addTask('rosetta', {
  description: 'Compiles the examples of README.md and of the docstrings, and translates them',
  exec: 'jsii-rosetta extract --strict .jsii',
});
// Without the translations, packages of other languages would show the examples in TypeScript and call them their own.
for (const target of ['java', 'python', 'dotnet', 'go']) {
  project.tasks.tryFind(`package:${target}`)?.prependSpawn(rosetta);
}

// projen names some actions by a tag, which can be moved. These are the commits behind the tags in the actions' own
// repositories.
const actions: Record<string, { version: string; commit: string }> = JSON.parse(
  readFileSync('projenrc/actions.json', 'utf8'),
);
for (const [action, { commit }] of Object.entries(actions)) {
  project.github?.actions.set(action, `${action}@${commit}`);
}
const setUp = (tool: string, options: Record<string, unknown>) => ({ uses: `actions/setup-${tool}`, with: options });

// A job that names no rights only reads. So does the one that builds a release; the one that makes it on GitHub writes.
for (const workflow of project.github?.workflows ?? []) {
  workflow.file?.addOverride('permissions.contents', 'read');
}
project.github?.tryFindWorkflow('release')?.file?.addOverride('jobs.release.permissions.contents', 'read');

// The workflow compiles and packages here, and tests below: .ci/run has all the tests.
const buildUntested = project.addTask('build:untested', {
  description: 'A build without the tests, for the workflow, which runs .ci/run beside it',
  steps: ['default', 'compile', 'post-compile', 'package'].map((spawn) => ({ spawn })),
});
project.buildWorkflow?.workflow.file?.patch(
  JsonPatch.test('/jobs/build/steps/3/run', project.runTaskCommand(project.buildTask)),
  JsonPatch.replace('/jobs/build/steps/3/run', project.runTaskCommand(buildUntested)),
);

// The one command that checks all.
project.buildWorkflow?.addPostBuildJob('check', {
  runsOn: ['ubuntu-latest'],
  permissions: { contents: github.workflows.JobPermission.READ },
  steps: [
    github.WorkflowSteps.checkout(),
    setUp('node', { 'node-version': '24', 'package-manager-cache': false }),
    setUp('python', { 'python-version': '3.x' }),
    setUp('java', { distribution: 'temurin', 'java-version': '17' }),
    setUp('go', { 'go-version': 'stable', cache: false }),
    setUp('dotnet', { 'dotnet-version': '8.x' }),
    { run: '.ci/run' },
  ],
});

// Beside the packages of this one: those of the examples and the checks, their Python tools, and the actions.
const postUpgrade = project.tasks.tryFind('post-upgrade');
postUpgrade?.exec('tsx projenrc/upgrade.ts');
postUpgrade?.spawn(project.defaultTask!);

project.synth();

/** One thing that has to hold, and the command that finds out. */
export interface Check {
  /** Asks for it: `npm run check -- <name>`. Names with a slash can be asked for together, by what is before it. */
  readonly name: string;
  /** What is looked at, in a few words. */
  readonly title: string;
  /** Runs at the top of the repository, after the library was compiled. It ends with 75 where it could not check. */
  readonly command: string;
  /** What the machine has to have beside Node.js and npm. Without it the check is skipped, and says so. */
  readonly needs: readonly Need[];
  /** Roughly how long it takes on two idle cores, with all downloads done. */
  readonly seconds: number;
  /** What holds when it passes, in Markdown for docs/architecture.md. */
  readonly proves: string;
  /** The tests that it runs are counted one by one, from the report that jest leaves behind. */
  readonly jest?: boolean;
  /** It mostly waits: where all checks run, it does so beside those that follow. */
  readonly waits?: boolean;
  /** It takes long to prepare, and runs when it is asked for by name: before a release. */
  readonly release?: boolean;
}

type Need = 'Python' | 'Java and Maven' | 'Go' | '.NET' | 'skopeo and docker-registry' | 'buildah';

/** All checks, in the order in which `.ci/run` runs them: what is quick and breaks often comes first. */
export const CHECKS: readonly Check[] = [
  {
    name: 'test',
    title: 'types, unit tests and style',
    command: 'npm test',
    needs: [],
    seconds: 150,
    proves: 'types of everything, unit tests, style',
    jest: true,
  },
  {
    name: 'test:deep',
    title: 'the same tests for longer, with their coverage',
    command: 'npm run test:deep',
    needs: [],
    seconds: 150,
    proves: 'the properties of the unit tests, tried ten times as often, and what is in `test/slow`',
  },
  {
    name: 'projen',
    title: 'files that projen makes',
    command: 'tsx checks/projen/main.ts',
    needs: [],
    seconds: 5,
    proves: 'the files that projen makes are those of `.projenrc.ts`',
  },
  {
    name: 'imports',
    title: 'imports go one way',
    command: 'tsx checks/imports/main.ts',
    needs: [],
    seconds: 5,
    proves: 'no circle of imports in src, those of types included, and none from a room to one above it',
  },
  {
    name: 'docs',
    title: 'what the docs repeat, link to and promise',
    command: 'tsx checks/docs/main.ts',
    needs: [],
    seconds: 1,
    proves:
      'this table is that of `checks/table.ts`; the docs name the lowest versions that `.projenrc.ts` has; links ' +
      'within the repository lead somewhere; what [promises.md](promises.md) names exists; the README is short, and ' +
      'shows on npm, PyPI and Construct Hub',
  },
  {
    name: 'specification',
    title: 'places of images in CloudFormation',
    command: 'tsx checks/specification/main.ts',
    needs: [],
    seconds: 5,
    proves:
      'every property of CloudFormation’s specification that looks like an image is in the table of places, or known ' +
      'for something else',
  },
  {
    name: 'package',
    title: 'what is published',
    command: 'tsx checks/package/main.ts',
    needs: [],
    seconds: 10,
    proves: 'what is published, `API.md`, no dependencies',
  },
  {
    name: 'rosetta',
    title: 'examples of README and docstrings',
    command: 'npm run rosetta',
    needs: [],
    seconds: 20,
    proves: 'every example in README and docstrings compiles, strictly',
  },
  {
    name: 'quickstart',
    title: 'the library as a user installs it',
    command: 'npm run quickstart',
    needs: [],
    seconds: 15,
    proves: 'the command of the README works',
  },
  {
    name: 'examples',
    title: 'each example, synthesized',
    command: 'tsx checks/examples/synthesize.ts --all && tsx checks/examples/main.ts',
    needs: [],
    seconds: 60,
    proves:
      "every example synthesizes with the packed library, the newest CDK, and CDK's validation as errors; no " +
      'warnings, all upstreams',
  },
  {
    name: 'templates',
    title: 'CDK validates creation templates',
    command: 'tsx checks/templates/main.ts',
    needs: [],
    seconds: 15,
    proves: "CDK's validation passes creation templates of every kind that the library accepts",
  },
  {
    name: 'workloads',
    title: 'CDK validates workloads',
    command: 'tsx checks/workloads/main.ts',
    needs: [],
    seconds: 15,
    proves: "CDK's validation passes workloads that pull through the cache",
  },
  {
    name: 'bench',
    title: 'every row of the benchmark runs',
    command: 'tsx checks/bench/main.ts --quick',
    needs: [],
    seconds: 40,
    proves: 'the rows of the [benchmark](performance.md) run, and make the templates that hand-written L1s make',
  },
  {
    name: 'mistakes',
    title: 'who sees each mistake',
    command: 'tsx checks/mistakes/main.ts --check',
    needs: ['Python'],
    seconds: 75,
    proves:
      'every mistake in `checks/mistakes` that can be seen is rejected, warned of or cannot be made; no set-up ' +
      'that is right is complained of; [mistakes.md](mistakes.md) says so',
  },
  {
    name: 'messages',
    title: 'what each error and warning means',
    command: 'tsx checks/messages/main.ts',
    needs: [],
    seconds: 20,
    proves:
      '[messages.md](messages.md) explains each error and each warning in src, by a program that raises it, and ' +
      'nothing else',
  },
  {
    name: 'validators',
    title: 'CDK, cfn-lint and cdk-nag',
    command: 'tsx checks/validators/main.ts',
    needs: ['Python'],
    seconds: 65,
    proves:
      "CDK's validation, cfn-lint and cdk-nag pass every example and scenario; what they find and may stay has its " +
      'reason in `checks/validators/acknowledged.ts`',
  },
  {
    name: 'deploy',
    title: 'the CLI deploys all examples to accounts on this machine',
    command: 'tsx checks/deploy/main.ts',
    needs: ['Python'],
    seconds: 140,
    proves:
      'the CLI deploys each example to accounts and regions on this machine (moto, with our model of what it lacks ' +
      'in `checks/account/moto/`), deploys it again without a change, and destroys it; the deployed roles may pull',
  },
  {
    name: 'update',
    title: 'what changes, stays or cannot change',
    command: 'tsx checks/update/main.ts',
    needs: ['Python'],
    seconds: 190,
    proves:
      'moving, renaming, adding and removing replaces no rule; what CloudFormation cannot change fails, and its ' +
      'way out works',
    waits: true,
  },
  {
    name: 'update/in-place',
    title: 'rules that are changed in place',
    command: 'tsx checks/update/in-place.ts',
    needs: ['Python'],
    seconds: 150,
    proves:
      'a rule with `changeInPlace` gets another secret, role, upstream and prefix by a deployment; it is taken over, ' +
      'left alone where it is not that of the stack, and moved there and back as ' +
      '[changing-rules.md](changing-rules.md) says',
    waits: true,
  },
  {
    name: 'credentials',
    title: 'credentials that are verified and watched',
    command: 'tsx checks/credentials/main.ts',
    needs: ['Python'],
    seconds: 60,
    proves:
      'a deployment fails with the reason of ECR where it cannot sign in, and succeeds once the secret is filled in; ' +
      'what EventBridge hands to the deployed function makes it publish the metrics and events that the alarm and ' +
      'the rule of the stack wait for',
    waits: true,
  },
  {
    name: 'dotnet',
    title: 'what would break the library in C#',
    command: 'tsx checks/dotnet/main.ts',
    needs: [],
    seconds: 15,
    proves:
      'the interfaces of CDK that ours extend have the same members in the lowest and the newest CDK, so that .NET ' +
      'loads ours; the comments of the generated C# code are XML',
  },
  {
    name: 'languages/python',
    title: 'the Python twin of each example',
    command: 'tsx checks/languages/python.ts',
    needs: ['Python'],
    seconds: 160,
    proves: 'each example makes the same templates in Python, to the byte, with the library built for it',
  },
  {
    name: 'languages/java',
    title: 'each Java twin',
    command: 'tsx checks/languages/java.ts',
    needs: ['Java and Maven'],
    seconds: 50,
    proves: 'each twin in Java makes the same templates, to the byte',
  },
  {
    name: 'languages/go',
    title: 'each Go twin',
    command: 'tsx checks/languages/go.ts',
    needs: ['Go'],
    seconds: 20,
    proves: 'each twin in Go makes the same templates, to the byte',
  },
  {
    name: 'languages/csharp',
    title: 'each C# twin',
    command: 'tsx checks/languages/csharp.ts',
    needs: ['.NET'],
    seconds: 60,
    proves: 'each twin in C# makes the same templates, to the byte',
  },
  {
    name: 'pull',
    title: 'images through the deployed rules',
    command: 'tsx checks/pull/main.ts',
    needs: ['Python', 'skopeo and docker-registry'],
    seconds: 20,
    proves: 'skopeo pulls each URI through the deployed rules, and gets what ECR says where a permission is missing',
  },
  {
    name: 'apps',
    title: 'whole apps through a cache',
    command: 'tsx checks/apps/main.ts',
    needs: [],
    seconds: 60,
    proves:
      'apps that are synthesized without and with a redirection differ in images, permissions and order only, and ' +
      'no image is missed in silence, by a reader that shares no code with the library; with ' +
      '`APPS=<folder>` over apps of others',
  },
  {
    name: 'charts',
    title: 'charts rendered by real Helm, before and after',
    command: 'tsx checks/charts/main.ts',
    needs: ['Go'],
    seconds: 40,
    proves:
      'values that a redirection rewrites give images that exist, and what it leaves is reported; with ' +
      '`CHARTS=<folder>` over charts of others',
  },
  {
    name: 'dockerfiles',
    title: "Dockerfiles by BuildKit's own frontend",
    command: 'tsx checks/dockerfiles/main.ts',
    needs: ['Go'],
    seconds: 20,
    proves:
      "BuildKit's frontend pulls the images that the reader finds, and with a cache's build contexts those of the " +
      'cache; with `DOCKERFILES=<folder>` over a hundred real ones',
  },
  {
    name: 'builds',
    title: 'a real build through the deployed rules',
    command: 'tsx checks/builds/main.ts',
    needs: ['Python', 'skopeo and docker-registry', 'buildah'],
    seconds: 45,
    proves:
      'what the CLI tells Docker to build, buildah pulls through the deployed rules and from nowhere else; the ' +
      'credentials file works',
  },
  {
    name: 'docs/programs',
    title: 'programs of the README and the docs',
    command: 'tsx checks/docs/programs.ts',
    needs: [],
    seconds: 10,
    proves: 'the programs of the README and of the pages in docs compile',
  },
  {
    name: 'docs/changelog',
    title: 'the changelog and the notes for upgrading',
    command: 'tsx checks/docs/changelog.ts',
    needs: [],
    seconds: 1,
    proves:
      '`CHANGELOG.md` has the form of Keep a Changelog, a release takes its version from it, and ' +
      '[upgrading.md](upgrading.md) has a note for each break',
  },
  {
    name: 'pictures',
    title: 'pictures of the docs',
    command: 'tsx checks/pictures/main.ts --check',
    needs: [],
    seconds: 5,
    proves: 'the pictures are those that `checks/pictures` draws',
  },
  {
    name: 'walk',
    title: 'every program of README and docs, as a newcomer runs it',
    command: 'tsx checks/walk/main.ts',
    needs: [],
    seconds: 30,
    proves:
      'each program of the README and the docs makes, in an app outside of the repository and with the packed ' +
      'library, what the page says of it, and warns of nothing else',
  },
  {
    name: 'walk/python',
    title: 'the Python programs of README and docs',
    command: 'tsx checks/walk/python.ts',
    needs: ['Python'],
    seconds: 60,
    proves: 'the same of the Python programs, with the wheel',
  },
  {
    name: 'prefetch',
    title: 'images that are in the cache before',
    command: 'tsx checks/prefetch/main.ts',
    needs: ['Python', 'skopeo and docker-registry'],
    seconds: 75,
    proves:
      'the code of the function, as it stands in the template, has images of a registry in the cache when a ' +
      'deployment ends, or says why not: indexes, single images, slow layers, throttling, tags that moved, ' +
      'each failure',
    waits: true,
  },
  {
    name: 'admission',
    title: 'admission policies on a real API server',
    command: 'tsx checks/admission/main.ts',
    needs: ['Go'],
    seconds: 35,
    proves:
      'a kube-apiserver, which is built once and kept in `~/.cache`, makes of images what `ImageReference` and the ' +
      'rules do: in every kind of container, in 4,000 random references, in 10 applications, after ' +
      'sidecars and updates',
  },
  {
    name: 'admission/kyverno',
    title: "the admission policy by Kyverno's command line",
    command: 'tsx checks/admission/kyverno.ts',
    needs: ['Go'],
    seconds: 30,
    proves: 'Kyverno, which is built once, makes of images what the API server does',
    release: true,
  },
  {
    name: 'versions',
    title: 'the lowest and the newest CDK on each Node.js',
    command: 'tsx checks/versions/main.ts',
    needs: [],
    seconds: 60,
    proves:
      'the lowest and the newest CDK make the same resources, on each Node.js with long-term support and the newest',
  },
];

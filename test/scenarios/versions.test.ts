import { existsSync, readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { exampleNames, EXAMPLES, ROOT } from '../../checks/support/run';

const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');
const floor: Record<string, string> = JSON.parse(read('package.json')).peerDependencies;
const [lowestCdk, lowestConstructs] = [floor['aws-cdk-lib'], floor.constructs].map((range) => range.replace('^', ''));

/** Where a twin of an example says its release of CDK: its folder, the end of the file's name, and the text. */
const PINS = [
  { folder: 'java', file: 'pom.xml', release: /<cdk\.version>(.+)<\/cdk\.version>/ },
  { folder: 'go', file: 'go.mod', release: /aws-cdk-go\/awscdk\/v2 v(.+)/ },
  { folder: 'csharp', file: '.csproj', release: /"Amazon\.CDK\.Lib" Version="(.+)"/ },
];

/** The releases that the twins in a folder name, by their files. */
function releasesIn({ folder, file, release }: (typeof PINS)[number]): [string, string | undefined][] {
  return exampleNames()
    .map((example) => join(example, folder))
    .filter((directory) => existsSync(join(EXAMPLES, directory)))
    .map((directory) => {
      const path = join(
        directory,
        readdirSync(join(EXAMPLES, directory)).find((name) => name.endsWith(file))!,
      );
      return [path, release.exec(read('examples', path))?.[1]];
    });
}

describe('the versions of CDK', () => {
  test('README and docs name the lowest', () => {
    expect(read('README.md')).toContain(`works with \`aws-cdk-lib\` from ${lowestCdk} on`);
    expect(read('docs', 'decisions.md')).toContain(
      `works with aws-cdk-lib from ${lowestCdk} on, and with constructs from ${lowestConstructs} on`,
    );
  });

  test.each(PINS)('all twins in $folder name the release of the Python twins', (pin) => {
    const python = /^aws-cdk-lib==(.+)$/m.exec(read('examples', 'requirements.txt'))?.[1];
    const releases = releasesIn(pin);
    expect(releases.length).toBeGreaterThan(1);
    expect(releases).toEqual(releases.map(([path]) => [path, python]));
  });
});

import { readdirSync } from 'fs';
import { join } from 'path';
import { build, checkTwin, twins } from './twin';
import { skip, step, workDirectory } from '../support/check';
import { attempt, run } from '../support/run';

/** The Go twins are compiled with the module that jsii makes. */
step(async () => {
  if (attempt('go', ['version']).status !== 0) {
    skip('there is no Go');
  }
  // A small module that whatever jsii makes for Go needs.
  const reach = attempt('go', ['mod', 'download', 'github.com/aws/constructs-go/constructs/v10@v10.5.0'], {
    cwd: workDirectory('reach'),
  });
  if (reach.status !== 0) {
    skip(`the Go modules cannot be reached\n${reach.said}`);
  }

  // The twins compile it soon enough.
  const built = build('go', [], { JSII_BUILD_GO: 'no' });
  const library = join(built, readdirSync(built)[0]);
  const module = run('go', ['list', '-m'], { cwd: library }).trim();
  const all = twins('go');
  const versions = all.map(({ example, directory }) => {
    run('go', ['mod', 'edit', '-replace', `${module}=${library}`], { cwd: directory });
    run('go', ['mod', 'tidy'], { cwd: directory });
    checkTwin(example, 'Go', `go run -C ${directory} .`);
    return run('go', ['list', '-m', '-f', '{{.Version}}', 'github.com/aws/aws-cdk-go/awscdk/v2'], {
      cwd: directory,
    }).trim();
  });
  const version = [...new Set(versions)].join(' and ');
  return `the templates of ${all.length} Go twins with aws-cdk-go ${version} are those of TypeScript`;
});

import { readdirSync } from 'fs';
import { join } from 'path';
import { build, checkTwin, copyTwin } from './twin';
import { skip, step, workDirectory } from '../support/check';
import { attempt, run } from '../support/run';

/** The Go twin of the quickstart is compiled with the module that jsii makes. */
step(async () => {
  if (attempt('go', ['version']).status !== 0) {
    skip('there is no Go');
  }
  // A small module that whatever jsii makes for Go needs.
  const reach = attempt('go', ['mod', 'download', 'github.com/aws/constructs-go/constructs/v10@v10.4.2'], {
    cwd: workDirectory('reach'),
  });
  if (reach.status !== 0) {
    skip(`the Go modules cannot be reached\n${reach.said}`);
  }

  // The twin compiles it soon enough.
  const built = build('go', [], { JSII_BUILD_GO: 'no' });
  const library = join(built, readdirSync(built)[0]);
  const module = run('go', ['list', '-m'], { cwd: library }).trim();
  const twin = copyTwin('go');
  run('go', ['mod', 'edit', '-replace', `${module}=${library}`], { cwd: twin });
  run('go', ['mod', 'tidy'], { cwd: twin });
  checkTwin('quickstart', 'Go', `go run -C ${twin} .`);
  const version = run('go', ['list', '-m', '-f', '{{.Version}}', 'github.com/aws/aws-cdk-go/awscdk/v2'], {
    cwd: twin,
  }).trim();
  return `the template of the Go twin with aws-cdk-go ${version} is that of TypeScript`;
});

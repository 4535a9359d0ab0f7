import { cpSync } from 'fs';
import { build, checkTwin, twins } from './twin';
import { skip, step, workDirectory } from '../support/check';
import { attempt } from '../support/run';

/** The Java twins are compiled by Maven, with the JAR that jsii makes. */
step(async () => {
  if (attempt('mvn', ['--version']).status !== 0) {
    skip('there is no Maven, or no Java for it');
  }
  // Not the repository of whoever runs this, which would keep the library.
  const repository = workDirectory('maven');
  const options = ['--quiet', '--batch-mode', `-Dmaven.repo.local=${repository}`];
  // A small artifact that whatever jsii makes for Java needs.
  const reach = attempt('mvn', [
    ...options,
    'dependency:get',
    '-Dartifact=software.constructs:constructs:10.5.0',
    '-Dtransitive=false',
  ]);
  if (reach.status !== 0) {
    skip(`the Maven repository cannot be reached\n${reach.said}`);
  }

  // What is built has the layout of a repository.
  cpSync(build('java', ['--maven-local-repository', repository]), repository, { recursive: true });
  const all = twins('java');
  for (const { example, directory } of all) {
    const maven = ['mvn', ...options, '-Dcdk-ecr-pull-through-cache.version=0.0.0', '--file', directory];
    checkTwin(example, 'Java', [...maven, 'compile', 'exec:java'].join(' '));
  }
  return `the templates of ${all.length} Java twins are those of TypeScript`;
});
